import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Report } from '../../src/domain/report/report.ts';
import { finished, KdrProcess, says } from '../support/kdr.ts';
import { pictureOf } from '../support/picture.ts';
import { standbyKnowsGroups } from '../support/truth.ts';
import { until } from '../support/until.ts';

interface Run {
	run: string;
	result: string;
	report: Report;
}

/** Of a connector, by its address. */
async function tasksOf(connector: string): Promise<number> {
	const { tasks } = (await (await fetch(`${connector}/status`)).json()) as { tasks: unknown[] };
	return tasks.length;
}

describe('a run that is held, paused, released, taken over, undone', () => {
	const kdr = new KdrProcess('verbs');
	beforeAll(async () => {
		await kdr.up();
		// Clients of other kinds are moved elsewhere: their JVMs would take most of the time here.
		await kdr.inLab('traffic', '--detach', '--clients', 'kafkajs');
		await standbyKnowsGroups(kdr, 'west', 25);
		// From here on the standby's own offsets are behind: there is something to write, and something to undo.
		const checkpoints = `${kdr.labState().sides.west.connect.url}/connectors/east-to-west-checkpoint`;
		await fetch(`${checkpoints}/stop`, { method: 'PUT' });
		await until('the checkpoints have stopped', 30_000, async () => (await tasksOf(checkpoints)) === 0);
		await kdr.inLab('traffic', '--stop');
	});
	afterAll(() => kdr.down());

	const newest = async (): Promise<string> =>
		(await kdr.ok<{ runs: { run: string }[] }>('runs', 'list')).runs.at(-1)?.run ?? '';
	const record = async () => (await kdr.ok<{ record: unknown }>('dns', 'show')).record;

	it('stops when it is paused from elsewhere, and aborted leaves group offsets, ACLs, connectors and DNS byte for byte as they were', async () => {
		const before = await pictureOf(kdr.labState());
		const named = await record();
		const child = kdr.start('switchover', '--to', 'west', '--confirm', 'west', '--hold');
		const ended = finished(child);
		await says(child, 'held:');
		const held = await pictureOf(kdr.labState());
		expect(held.west.offsets).not.toEqual(before.west.offsets);
		expect(held.east.acls).not.toEqual(before.east.acls);
		const id = await newest();
		await kdr.ok('runs', 'pause', id);
		expect((await ended).code).toBe(8);
		const wrongName = await kdr.json('runs', 'abort', id, '--confirm', 'west');
		expect(wrongName).toMatchObject({ exit: 4, error: { code: 'KDR_DECLINED' } });
		const { report } = await kdr.ok<Run>('runs', 'abort', id, '--confirm', 'east');
		expect(report).toMatchObject({ result: 'done', undoes: id });
		expect(await pictureOf(kdr.labState())).toEqual(before);
		expect(await record()).toEqual(named);
		expect(await kdr.json('runs', 'resume', id)).toMatchObject({ exit: 4, error: { code: 'KDR_RUN_OVERTAKEN' } });
	});

	it('is taken over while it is held, refuses a move the other way meanwhile, and passes once released', async () => {
		const first = kdr.start('switchover', '--to', 'west', '--confirm', 'west', '--hold');
		const fenced = finished(first);
		await says(first, 'held:');
		const id = await newest();
		expect(await kdr.json('dns', 'flip', '--to', 'east', '--confirm', 'east')).toMatchObject({
			exit: 4,
			error: { code: 'KDR_LOCKED' },
		});
		const second = kdr.start('runs', 'takeover', id, '--reason', 'the test says so');
		const done = finished(second);
		await says(second, 'held:');
		expect((await fenced).stderr).toContain('KDR_FENCED_BY_OTHER');
		// Somebody resumes the mirror behind its back: seen before anybody may write on the other side.
		const source = `${kdr.labState().sides.west.connect.url}/connectors/east-to-west-source`;
		await fetch(`${source}/resume`, { method: 'PUT' });
		await until('the old mirror runs again', 30_000, async () => (await tasksOf(source)) > 0);
		await kdr.ok('runs', 'release', id);
		const { code, stderr } = await done;
		expect({ code, stderr }).toMatchObject({ code: 5, stderr: expect.stringContaining('KDR_MIRROR_BOTH_DIRECTIONS') });
		await fetch(`${source}/stop`, { method: 'PUT' });
		await until('the old mirror has stopped', 30_000, async () => (await tasksOf(source)) === 0);
		await kdr.ok('runs', 'resume', id);
		const { runs } = await kdr.ok<{ runs: { run: string; result: string; rto: { kind: string } }[] }>(
			'runs',
			'history',
		);
		expect(runs.at(-1)).toMatchObject({ run: id, result: 'done', rto: { kind: 'at-most' } });
	});

	it('continues when the broker that holds its journal is killed and comes back', async () => {
		const child = kdr.start('switchover', '--to', 'east', '--confirm', 'east', '--hold');
		const ended = finished(child);
		await says(child, 'held:');
		const id = await newest();
		await kdr.inLab('kill', 'east');
		await kdr.up();
		await kdr.ok('runs', 'release', id);
		const { code, stderr } = await ended;
		// Whether the outage was longer than the journal waits or not: nothing is lost, and the run continues.
		if (code !== 0) {
			expect(stderr).toContain(`kdr runs resume ${id}`);
			await kdr.ok('runs', 'resume', id);
		}
		const { runs } = await kdr.ok<{ runs: { run: string; result: string }[] }>('runs', 'history');
		expect(runs.at(-1)).toMatchObject({ run: id, result: 'done' });
	});

	it('past the point of no return it is not aborted', async () => {
		expect(await kdr.json('runs', 'abort', await newest(), '--confirm', 'west')).toMatchObject({
			exit: 4,
			error: { code: 'KDR_PAST_RETURN' },
		});
	});
});
