import { expect, test } from 'vitest';
import { resume, run } from '../../../src/engine/execute.ts';
import { observeLinkStatus } from '../../../src/observe/link-status.ts';
import { type Estate, eastToWest, estate, link, processOf, produce, request, shipped } from '../../support/estate.ts';

const status = (here: Estate, gone = false) => observeLinkStatus(here.world, link, () => gone);

test('a link at rest: who is active, nothing fenced, nothing to do', async () => {
	await expect(status(estate())).resolves.toEqual({
		...{ link: 'orders', active: 'east', recordUnknown: null, open: [], fenced: [], debts: [] },
		...{ unreadable: [], missing: [], next: null },
	});
});

test('a run that stopped behind its fence: what is fenced since when, and the commands that lead on', async () => {
	const here = estate();
	produce(here.east, 3);
	here.world.pump();
	const stop = new AbortController();
	const env = processOf(here, eastToWest, { signal: stop.signal });
	const listener = (event: { type: string }) => {
		if (event.type === 'step.intent' && 'step' in event && event.step === 'fence-writers') stop.abort('SIGINT');
	};
	await run({ ...env, listener }, request('r1', eastToWest, await shipped('switchover')));
	const at = here.world.clock.now();
	here.world.clock.advance(60_000);
	const seen = await status(here);
	expect(seen).toMatchObject({
		active: 'east',
		open: [{ run: 'r1', title: 'switchover', standing: { kind: 'interrupted' } }],
		next: { command: 'kdr runs resume r1' },
	});
	expect(seen.open[0]?.waysOn).toEqual([
		'kdr runs resume r1',
		'kdr runs abort r1',
		'kdr failover --to west --supersede REASON',
	]);
	expect(seen.fenced).toMatchObject([{ cluster: 'east' }]);
	expect(seen.fenced[0]?.since).toBeLessThanOrEqual(at);
	await resume(processOf(here, eastToWest), { run: 'r1', clusterIds: {} });
	await expect(status(here)).resolves.toMatchObject({ active: 'west', open: [], next: null });
});

test('a journal that does not answer is named, and the other one is still read', async () => {
	const here = estate();
	here.world.kill('east');
	const seen = await status(here);
	expect(seen.missing).toMatchObject([{ alias: 'east' }]);
	expect(seen.active).toBe('east');
});
