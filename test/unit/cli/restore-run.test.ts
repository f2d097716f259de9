import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, expect, test } from 'vitest';
import { runCopy } from '../../../src/adapters/system/run-copy.ts';
import { readCopy, restoreRun } from '../../../src/cli/restore-run.ts';
import type { RunEvent } from '../../../src/domain/run/events.ts';
import { foldRuns } from '../../../src/domain/run/fold.ts';
import { run } from '../../../src/engine/execute.ts';
import { type Estate, eastToWest, estate, processOf, produce, request, shipped } from '../../support/estate.ts';

const folders: string[] = [];
afterEach(async () => {
	await Promise.all(folders.splice(0).map((folder) => rm(folder, { recursive: true })));
});

/** A switchover on one estate, and the copy of it that its machine has. */
async function copied(): Promise<{ here: Estate; file: string; folder: string }> {
	const folder = await mkdtemp(join(tmpdir(), 'kdr-restore-'));
	folders.push(folder);
	const copy = runCopy(folder, '5a0a', () => {});
	const here = estate();
	produce(here.east, 3);
	here.world.pump();
	const listener = (event: { type: string }) => {
		if (event.type !== 'plan' && event.type !== 'progress') copy.add(event as RunEvent, here.world.clock.now());
	};
	await run(processOf(here, eastToWest, { listener }), request('5a0a', eastToWest, await shipped('switchover')));
	copy.close();
	here.world.clock.advance(60_000);
	return { here, folder, file: join(folder, '5a0a.ndjson') };
}

test('a journal that lost a run gets it back from its copy, and a second time nothing', async () => {
	const { here, file } = await copied();
	const copy = await readCopy(file);
	const empty = estate();
	expect(await restoreRun(empty.world, copy)).toBe(copy.events.length);
	const stateOf = async ({ world }: Estate) => foldRuns(await world.side('west').journal.read('orders')).runs[0];
	const [before, after] = [await stateOf(here), await stateOf(empty)];
	expect(after?.unreadable).toBeUndefined();
	expect(after?.steps.map(({ outcome, output }) => ({ outcome, output }))).toEqual(
		before?.steps.map(({ outcome, output }) => ({ outcome, output })),
	);
	expect(await restoreRun(empty.world, copy)).toBe(0);
	expect(await restoreRun(here.world, copy)).toBe(0);
});

test('a file that is not the copy of one run from its start is refused', async () => {
	const { file, folder } = await copied();
	const other = join(folder, 'other.ndjson');
	for (const text of ['', '{}', 'not JSON', '{"run":"a","event":{"v":1,"type":"run.ended"}}']) {
		await writeFile(other, text);
		await expect(readCopy(other), text).rejects.toMatchObject({ code: 'KDR_FILE_BROKEN' });
	}
	expect((await readCopy(file)).run).toBe('5a0a');
});
