import { fileURLToPath } from 'node:url';
import { expect, test, vi } from 'vitest';
import LabFreeze from '../../src/commands/lab/freeze.ts';
import LabKill from '../../src/commands/lab/kill.ts';
import LabThaw from '../../src/commands/lab/thaw.ts';
import { forgetCommands } from '../support/commands.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
forgetCommands();

test.each([
	['kill', (argv: string[]) => LabKill.run(argv, { root })],
	['freeze', (argv: string[]) => LabFreeze.run(argv, { root })],
	['thaw', (argv: string[]) => LabThaw.run(argv, { root })],
])('lab %s takes a side and the name of a lab, and refuses what is neither', async (_, run) => {
	const written: string[] = [];
	vi.spyOn(process.stdout, 'write').mockImplementation((text) => written.push(String(text)) > 0);
	const codeOf = async (...argv: string[]): Promise<string> => {
		written.length = 0;
		await run([...argv, '--json']);
		return JSON.parse(written.join('')).error.code;
	};
	expect(await codeOf('east', '--name', 'no-such-lab')).toBe('KDR_LAB_UNKNOWN');
	expect(await codeOf('south')).toBe('KDR_USAGE');
});
