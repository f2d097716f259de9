import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { FenceView } from '../../src/domain/fence/view.ts';
import type { Report } from '../../src/domain/report/report.ts';
import { labKafka } from '../../src/lab/cluster-setup.ts';
import type { LedgerResult } from '../../src/lab/ledger/compute.ts';
import { KdrProcess } from '../support/kdr.ts';

interface Run {
	run: string;
	result: string;
	report: Report;
}

/** One story: a writer whom the fence does not stop, the same without that writer, and a fence that was owed. */
describe('a fence that has to prove itself', { timeout: 600_000 }, () => {
	const kdr = new KdrProcess('fence');
	beforeAll(() => kdr.up());
	afterAll(() => kdr.down());

	const status = () => kdr.ok<FenceView>('fence', 'status');
	const connectors = async () => {
		const { connectors } = await kdr.ok<{ connectors: { name: string; state: string }[] }>('mirror', 'status');
		return connectors.map(({ name, state }) => `${name} ${state}`).sort();
	};

	/** Somebody who may do anything writes every 200 ms; gives the function that stops him. */
	async function superUserWrites(): Promise<() => Promise<void>> {
		const producer = (await labKafka(kdr.labState(), 'east', 'admin')).producer({
			idempotent: true,
			maxInFlightRequests: 1,
		});
		await producer.connect();
		const write = () =>
			producer.send({ topic: 'payments', acks: -1, messages: [{ partition: 1, key: 'k', value: 'slipped through' }] });
		await write();
		let stopped = false;
		const writing = (async () => {
			while (!stopped) {
				await write();
				await new Promise((resolve) => setTimeout(resolve, 200));
			}
		})();
		return async () => {
			stopped = true;
			await writing;
			await producer.disconnect();
		};
	}

	it('stops before the cut when somebody writes all the same, names him, and lifts everything again if that was chosen', async () => {
		await kdr.inLab('traffic', '--detach', '--clients', 'kafkajs', '--rate', '300');
		const before = await connectors();
		const impatient = join(kdr.home, 'impatient.yaml');
		const switchover = await readFile(new URL('../../runbooks/switchover.yaml', import.meta.url), 'utf8');
		await writeFile(
			impatient,
			switchover.replace('- kind: writers-still', '- kind: writers-still\n    with: { within: 6000 }'),
		);
		const stop = await superUserWrites();
		const answer = await kdr
			.json<Run>('run', impatient, '--to', 'west', '--confirm', 'west', '--if-not-still', 'lift')
			.finally(stop);
		expect(answer).toMatchObject({ exit: 3, error: { code: 'KDR_WRITERS_NOT_STILL' } });
		expect(answer.error?.message).toMatch(
			/written: payments 1 \(\+\d+, by producer \d+, last record of 20.*the fence is lifted$/,
		);
		expect(answer.data.report.steps.some(({ id, outcome }) => id === 'record-cuts' && outcome !== null)).toBe(false);
		const { sides, debts } = await status();
		expect([debts, sides.map(({ made }) => made)]).toEqual([[], [[], []]]);
		expect(await connectors()).toEqual(before);
	});

	it('moves when he is gone: every broker refuses an application’s own write, and nothing is lost', async () => {
		const moved = await kdr.ok<Run>('switchover', '--to', 'west', '--confirm', 'west');
		const checks = moved.report.steps.flatMap((step) => step.checks);
		expect(checks.find(({ code }) => code === 'KDR_FENCE_LEAKS')).toMatchObject({
			status: 'pass',
			observed: 'refused by 1 broker',
		});
		expect(checks.find(({ code }) => code === 'fence-propagated')).toMatchObject({ status: 'pass' });
		const [east] = (await status()).sides;
		expect(east?.made?.some(({ resourceType }) => resourceType === 'transactional-id')).toBe(true);
		await kdr.inLab('traffic', '--stop');
		const { totals } = await kdr.inLab<LedgerResult>('ledger');
		expect(totals).toMatchObject({ lost: 0, skipped: 0 });
	});

	it('an owed fence is set by the next command that changes something, before any other change', async () => {
		await kdr.inLab('kill', 'west');
		await kdr.ok<Run>('failover', '--to', 'east', '--confirm', 'east', '--accept-loss', '24h');
		expect((await kdr.json('runs', 'list')).warnings.join('\n')).toMatch(/Fence owed: west is not fenced/);
		await kdr.up();
		const reversed = await kdr.json<Run>('mirror', 'reverse', '--to', 'east', '--confirm', 'east');
		expect(reversed.stderr).toContain('west answers again. kdr sets its owed fence first.');
		expect({ exit: reversed.exit, error: reversed.error }).toEqual({ exit: 0, error: null });
		const { sides, debts } = await status();
		expect(debts).toEqual([]);
		expect(sides.map(({ alias, made }) => [alias, (made?.length ?? 0) > 0])).toEqual([
			['east', false],
			['west', true],
		]);
		const { runs } = await kdr.ok<{ runs: { command: string; result: string }[] }>('runs', 'list');
		expect(runs.slice(-2).map(({ command, result }) => [command.startsWith('kdr mirror reverse'), result])).toEqual([
			[true, 'done'],
			[true, 'done'],
		]);
	});
});
