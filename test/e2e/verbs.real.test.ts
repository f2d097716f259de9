import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Report } from '../../src/domain/report/report.ts';
import { finished, KdrProcess, says } from '../support/kdr.ts';

interface Run {
	run: string;
	result: string;
	report: Report;
}

describe('a run that is held, paused, released, taken over, taken back', () => {
	const kdr = new KdrProcess('verbs');
	beforeAll(() => kdr.up());
	afterAll(() => kdr.down());

	const newest = async (): Promise<string> => (await kdr.ok<{ runs: { run: string }[] }>('runs', 'list')).runs.at(-1)?.run ?? '';
	/** What an abort must leave as it was, as far as commands show it. */
	const picture = async () => {
		const { record } = await kdr.ok<{ record: unknown }>('dns', 'show');
		const { connectors } = await kdr.ok<{ connectors: { name: string; state: string }[] }>('mirror', 'status');
		return { record, connectors: connectors.map(({ name, state }) => [name, state]) };
	};

	it('stops when it is paused from elsewhere, and aborted leaves nothing behind', async () => {
		const before = await picture();
		const child = kdr.start('switchover', '--to', 'west', '--confirm', 'west', '--hold');
		const ended = finished(child);
		await says(child, 'held:');
		const id = await newest();
		await kdr.ok('runs', 'pause', id);
		expect((await ended).code).toBe(8);
		const wrongName = await kdr.json('runs', 'abort', id, '--confirm', 'west');
		expect(wrongName).toMatchObject({ exit: 4, error: { code: 'KDR_DECLINED' } });
		const { report } = await kdr.ok<Run>('runs', 'abort', id, '--confirm', 'east');
		expect(report).toMatchObject({ result: 'done', undoes: id });
		expect(await picture()).toEqual(before);
		expect(await kdr.json('runs', 'resume', id)).toMatchObject({ exit: 4, error: { code: 'KDR_RUN_OVERTAKEN' } });
	});

	it('is taken over while it is held, refuses a move the other way meanwhile, and passes once released', async () => {
		const first = kdr.start('switchover', '--to', 'west', '--confirm', 'west', '--hold');
		const fenced = finished(first);
		await says(first, 'held:');
		const id = await newest();
		expect(await kdr.json('dns', 'flip', '--to', 'east', '--confirm', 'east')).toMatchObject({ exit: 4, error: { code: 'KDR_LOCKED' } });
		const second = kdr.start('runs', 'takeover', id, '--reason', 'the test says so');
		const done = finished(second);
		await says(second, 'held:');
		expect((await fenced).stderr).toContain('KDR_FENCED_BY_OTHER');
		await kdr.ok('runs', 'release', id);
		expect((await done).code).toBe(0);
		const { runs } = await kdr.ok<{ runs: { run: string; result: string; rto: { kind: string } }[] }>('runs', 'history');
		expect(runs.at(-1)).toMatchObject({ run: id, result: 'done', rto: { kind: 'at-most' } });
	});

	it('past the point of no return it is not aborted', async () => {
		expect(await kdr.json('runs', 'abort', await newest(), '--confirm', 'east')).toMatchObject({
			exit: 4,
			error: { code: 'KDR_PAST_RETURN' },
		});
	});
});
