import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Report } from '../../src/domain/report/report.ts';
import { finished, KdrProcess, says } from '../support/kdr.ts';

interface Run {
	run: string;
	result: string;
	report: Report;
}

/** Where the process is killed, as its log says it; which ones are tried changes with the day, all are within a week or two. */
const killPoints = [
	'stop-checkpoints  DONE',
	'fence-writers     CHANGING',
	'writers-still     STARTED',
	'drain             PASSED',
	'evict-readers     CHANGING',
	'evict-readers     DONE',
	'stop-mirror       CHANGING',
	'record-cuts       PASSED',
	'offsets-commit    CHANGING',
	'mirror-seed       CHANGING',
	'cuts-unchanged         PASSED',
	'open-target       CHANGING',
	'dns-flip          CHANGING',
	'dns-flip          DONE',
	'mirror-resume     CHANGING',
];

describe('a run whose kdr is killed', () => {
	const kdr = new KdrProcess('resume');
	const sides = ['west', 'east'];
	beforeAll(() => kdr.up());
	afterAll(() => kdr.down());

	const today = Math.floor(Date.now() / 86_400_000);
	const chosen = [0, 1, 2].map((i) => killPoints[(today * 3 + i * 5) % killPoints.length] ?? '');

	for (const [i, point] of chosen.entries()) {
		it(`resumes from the journal when killed at "${point.replace(/ +/, ' ')}"`, async () => {
			const to = sides[i % 2] ?? '';
			const child = kdr.start('switchover', '--to', to, '--confirm', to);
			const ended = finished(child);
			await says(child, point);
			child.kill('SIGKILL');
			await ended;
			const { runs } = await kdr.ok<{ runs: { run: string; result: string }[] }>('runs', 'list');
			const open = runs.find(({ result }) => result === 'open');
			expect(open).toBeDefined();
			const resumed = await kdr.ok<Run>('runs', 'resume', open?.run ?? '');
			expect(resumed.report.result).toBe('done');
			await expectMovedTo(to);
		});
	}

	it('started by two operators at the same moment on two machines, goes through once, for one of them or for whoever resumes it', async () => {
		const to = sides[chosen.length % 2] ?? '';
		const other = kdr.elsewhere();
		try {
			const both = await Promise.all(
				[kdr, other].map((operator) => operator.json<Run>('switchover', '--to', to, '--confirm', to)),
			);
			const codes = both.map(({ exit, error }) => `${exit} ${error?.code ?? ''}`);
			const { runs } = await kdr.ok<{ runs: { run: string; result: string; move: { to: string } }[] }>('runs', 'list');
			const open = runs.find(({ result }) => result === 'open');
			process.stdout.write(`race: ${codes.join(', ')}; ${open ? 'resumed' : 'one went through'}\n`);
			expect(both.filter(({ exit }) => exit === 0).length + (open ? 1 : 0), codes.join(', ')).toBe(1);
			if (open) await other.ok('runs', 'resume', open.run);
			await expectMovedTo(to);
		} finally {
			other.forget();
		}
	});

	it('refuses a second operator by name while it runs, and is fenced by one who takes over', async () => {
		const to = sides[(chosen.length + 1) % 2] ?? '';
		const child = kdr.start('switchover', '--to', to, '--confirm', to);
		const first = finished(child);
		await says(child, 'writers-still     STARTED');
		const second = await kdr.json('switchover', '--to', to, '--confirm', to);
		expect(second).toMatchObject({ exit: 4, error: { code: 'KDR_LOCKED' } });
		const id = /run ([0-9a-f]{8})/.exec(second.error?.message ?? '')?.[1] ?? '';
		const taken = await kdr.ok<Run>('runs', 'resume', id, '--takeover', 'the test says so');
		expect(taken.report.result).toBe('done');
		const fenced = await first;
		expect(fenced.code).toBe(5);
		expect(fenced.stderr).toContain('KDR_FENCED_BY_OTHER');
		await expectMovedTo(to);
	});

	async function expectMovedTo(to: string): Promise<void> {
		const dns = await kdr.ok<{ side: string }>('dns', 'show');
		expect(dns.side).toBe(to);
		const { flows } = await kdr.ok<{ flows: { source: string }[] }>('mirror', 'status');
		expect(flows.map(({ source }) => source)).toEqual([to]);
	}
});
