import { expect, test } from 'vitest';
import { overriddenNow, overrideName } from '../../../../src/domain/plan/override.ts';
import { rereadClaim } from '../../../../src/domain/report/claims.ts';
import { resume, run } from '../../../../src/engine/execute.ts';
import { preview } from '../../../../src/engine/preview.ts';
import {
	at,
	denialsOn,
	eastToWest,
	estate,
	processOf,
	produce,
	request,
	saysOf,
	shipped,
	statusOf,
} from '../../../support/estate.ts';

const steps = await shipped('switchover');

/** A group that reads and is 40 records behind; `before` the eviction it goes back to where it began. */
function slow() {
	const here = estate();
	for (const partition of [0, 1]) produce(here.east, 20, at(partition));
	here.world.pump();
	here.east.join('slow', { topics: ['orders'] });
	for (const partition of [0, 1]) here.east.commitAs('slow', at(partition), 20n);
	here.world.clock.advance(1_000);
	return here;
}

test('a group that reads is in the figure of the plan, by how far it is behind now', async () => {
	const here = slow();
	here.east.commitAs('slow', at(0), 5n);
	const plan = await preview(processOf(here, eastToWest), { move: eastToWest, steps, consent: {} });
	const settle = plan.find(({ step }) => step.kind === 'groups-settle');
	expect(settle?.summary.now).toBe('1 group behind, ≤ 15');
	expect(saysOf(settle?.checks ?? [], 'groups-settled')).toBe('slow: at most 15 now');
});

test('a move of a slow group passes with the bound that the plan agreed to, and says that the wait ended at its deadline', async () => {
	const here = slow();
	here.east.commitAs('slow', at(0), 5n);
	const outcome = await run(processOf(here, eastToWest), request('r1', eastToWest, steps));
	expect(outcome.error?.message).toBeUndefined();
	const settle = outcome.state?.steps.find(({ step }) => step.kind === 'groups-settle');
	expect(saysOf(settle?.checks ?? [], 'groups-settled')).toMatch(
		/^slow: at most 15 records left; the wait ended early/,
	);
	expect(outcome.state && rereadClaim(outcome.state)).toMatchObject({ kind: 'at-most', records: '15' });
});

test('more than was agreed to stops the run before the point of no return; it is undone, or resumed with a reason', async () => {
	const caughtUp = await run(processOf(slow(), eastToWest), request('r1', eastToWest, steps, { 'max-reread': '10' }));
	expect(caughtUp.exit).toBe(0);
	const back = slow();
	back.east.commitAs('slow', at(0), 5n);
	const halted = await run(processOf(back, eastToWest), request('r2', eastToWest, steps, { 'max-reread': '10' }));
	expect([halted.result, halted.exit]).toEqual(['halted', 5]);
	expect(halted.error?.message).toContain('records that groups read again: at most 15');
	expect(back.dns.written).toEqual([]);
	expect(denialsOn(back.east).length).toBeGreaterThan(0);
	const check = {
		code: 'KDR_REREAD_NOT_AGREED',
		status: 'block' as const,
		what: 'records that groups read again',
		observed: 'at most 15',
	};
	expect(overriddenNow([check], { [overrideName('KDR_REREAD_NOT_AGREED')]: 'they can' })).toHaveLength(1);
	const consent = { [overrideName('KDR_REREAD_NOT_AGREED')]: 'they can take it' };
	const resumed = await resume(processOf(back, eastToWest), { run: 'r2', clusterIds: {}, consent });
	expect(resumed.error?.message).toBeUndefined();
	expect(resumed.result).toBe('done');
	const committing = resumed.state?.steps.find(({ step }) => step.kind === 'offsets-commit');
	expect(statusOf(committing?.checks ?? [], 'KDR_REREAD_NOT_AGREED')).toBe('warn');
});
