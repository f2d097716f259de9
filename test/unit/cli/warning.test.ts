import type { Config } from '@oclif/core';
import { expect, test, vi } from 'vitest';
import { BaseCommand } from '../../../src/cli/base-command.ts';

class Warns extends BaseCommand {
	static override id = 'warns';

	async run(): Promise<void> {
		this.warning('not-set: billing\u001b[2J\u001b]0;mine\u0007: has members');
	}
}

test('a name in a warning steers no terminal', async () => {
	const written: string[] = [];
	const spy = vi.spyOn(process.stderr, 'write').mockImplementation((text) => written.push(String(text)) > 0);
	try {
		await new Warns([], {
			runHook: async () => ({ successes: [], failures: [] }),
			bin: 'kdr',
		} as unknown as Config).run();
	} finally {
		spy.mockRestore();
	}
	expect(written.join('')).toContain('billing\\x1b[2J');
	expect(written.join('')).not.toContain('\u001b[2J');
});
