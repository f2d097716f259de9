import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { systemClock } from '../../src/adapters/system/clock.ts';
import { secretReader } from '../../src/adapters/system/secrets.ts';
import { temporaryFolder } from '../support/clean-up.ts';

describe('secrets', () => {
	it('come from a file beside the configuration, the environment, or what a command prints', async () => {
		const dir = temporaryFolder('secrets');
		try {
			writeFileSync(join(dir, 'pw'), 'from file\r\n');
			const secret = secretReader(dir, { PW: 'from env' });
			expect(await secret({ file: 'pw' })).toBe('from file');
			expect(await secret({ env: 'PW' })).toBe('from env');
			expect(
				await secret({ command: [process.execPath, '-e', 'process.stdout.write(process.argv[1]+"\\n")', '$(id) ; x'] }),
			).toBe('$(id) ; x');
		} finally {
			rmSync(dir, { recursive: true });
		}
	});

	it('that cannot be read are named without their content', async () => {
		const secret = secretReader('/nowhere', {});
		const failing = [process.execPath, '-e', 'console.log("hush"); console.error("hush"); process.exit(3)'];
		for (const ref of [
			{ file: 'pw' },
			{ env: 'ABSENT' },
			{ command: failing },
			{ command: ['/no/such/program'] },
			{ command: [] },
		]) {
			const thrown = (await secret(ref).catch((error: unknown) => error)) as Error;
			expect(thrown).toMatchObject({ code: 'KDR_SECRET_UNREADABLE' });
			expect(JSON.stringify([thrown, thrown.message, String(thrown.cause)])).not.toContain('hush');
		}
	});
});

describe('the system clock', () => {
	it('stops waiting with the reason of the signal', async () => {
		const stop = new AbortController();
		const reason = new Error('enough');
		const waiting = systemClock.wait(60_000, stop.signal);
		stop.abort(reason);
		await expect(waiting).rejects.toBe(reason);
		await systemClock.wait(1);
	});
});
