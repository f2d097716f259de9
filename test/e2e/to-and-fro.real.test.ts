import type { ChildProcess } from 'node:child_process';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Report } from '../../src/domain/report/report.ts';
import type { LedgerResult } from '../../src/lab/ledger/compute.ts';
import { finished, KdrProcess } from '../support/kdr.ts';
import { expectClaimsHold, trafficArrives } from '../support/truth.ts';

interface Listed {
	run: string;
	result: string;
	move: { to: string };
}

/** How often kdr is killed at a random moment, and how often clients move under it at least. `npm run test:soak` asks for many. */
const kills = Number(process.env.SOAK_KILLS ?? 3);
const moves = Number(process.env.SOAK_MOVES ?? 1);
const killsPerMove = Math.ceil(kills / moves);
/** A switchover prints some forty lines of its steps; the resume prints the rest. */
const linesPerKill = Math.ceil(36 / killsPerMove);

/** One lab, live traffic all the time, and an operator who dies again and again; two machines take turns. */
describe('switchovers to and fro, with kdr killed at random moments', { timeout: 3_600_000 }, () => {
	const kdr = new KdrProcess('to-and-fro');
	const operators = [kdr];
	beforeAll(async () => {
		await kdr.up();
		operators.push(kdr.elsewhere());
	});
	afterAll(async () => {
		operators[1]?.forget();
		await kdr.down();
	});

	it(`loses, skips and doubles nothing in ${moves} moves with ${killsPerMove} kills each, and each claim covers the truth`, async () => {
		let before: LedgerResult | undefined;
		let killed = 0;
		for (let move = 0; move < moves; move++) {
			const to = move % 2 === 0 ? 'west' : 'east';
			await kdr.inLab('traffic', '--detach');
			const moments = await moveInSpiteOfKills(to);
			killed += moments.length;
			const name = `move ${move + 1} to ${to}, killed after ${moments.join('; ')}`;
			const report = await kdr.ok<Report>('runs', 'show');
			expect(report.result, name).toBe('done');
			await trafficArrives(kdr, to);
			await kdr.inLab('traffic', '--stop');
			const truth = await kdr.inLab<LedgerResult>('ledger');
			expect({ name, ...truth.totals }).toMatchObject({
				name,
				lost: 0,
				orphans: 0,
				phantoms: 0,
				damaged: 0,
				copied: 0,
				misordered: 0,
				skipped: 0,
				leftBehind: 0,
			});
			expectClaimsHold(truth, report, before);
			before = truth;
		}
		process.stdout.write(`kdr was killed ${killed} times in ${moves} moves\n`);
		// A kill that came after the end of its run is none; most must have hit.
		expect(killed).toBeGreaterThanOrEqual(Math.floor(kills / 2));
	});

	/** What kdr had said last, for each kill that hit. */
	async function moveInSpiteOfKills(to: string): Promise<string[]> {
		const moments: string[] = [];
		for (let attempt = 0; ; attempt++) {
			const operator = operators[attempt % operators.length] ?? kdr;
			const open = await openRun();
			if (attempt > 0 && !open && (await side()) === to) return moments;
			const child = open
				? operator.start('runs', 'resume', open)
				: operator.start('switchover', '--to', to, '--confirm', to);
			if (attempt < killsPerMove) killSomewhere(child);
			const { code, stderr } = await finished(child);
			const last = stderr.trimEnd().split('\n').at(-1)?.trim() ?? '';
			if (code === null) moments.push(last);
			else expect(code, `killed after ${moments.join('; ')}\n${stderr}`).toBe(0);
		}
	}

	/** After a random number of things it said of its steps, and a moment: on a fast machine as on a slow one. */
	function killSomewhere(child: ChildProcess): void {
		let left = 1 + Math.floor(Math.random() * linesPerKill);
		child.stderr?.on('data', (chunk) => {
			left -= String(chunk).match(/ (STARTED|CHANGING|DONE)\b/g)?.length ?? 0;
			if (left <= 0) setTimeout(() => child.kill('SIGKILL'), Math.random() * 300);
		});
	}

	const side = () => kdr.ok<{ side: string }>('dns', 'show').then((shown) => shown.side);
	const openRun = () =>
		kdr.ok<{ runs: Listed[] }>('runs', 'list').then(({ runs }) => runs.find(({ result }) => result === 'open')?.run);
});
