import { expect, test } from 'vitest';
import type { Move } from '../../../../src/domain/run/events.ts';
import { run } from '../../../../src/engine/execute.ts';
import type { AclBinding } from '../../../../src/ports/acls.ts';
import { evictReaders } from '../../../../src/steps/fence/evict-readers.ts';
import { fenceWriters } from '../../../../src/steps/fence/fence-writers.ts';
import { openTarget } from '../../../../src/steps/fence/open-target.ts';
import {
	context,
	denialsOn,
	eastToWest,
	estate,
	planOf,
	processOf,
	request,
	statusOf,
	take,
	undo,
} from '../../../support/estate.ts';
import { fencedBy } from '../../../support/fences.ts';

const home = context({ move: { ...eastToWest, from: 'west', to: 'east' } });

test('what fence and eviction of an earlier move left is lifted, and nothing that looks like it', async () => {
	const here = estate();
	await take(fenceWriters, here);
	await take(evictReaders, here);
	const ours = denialsOn(here.east);
	const like = (over: Partial<AclBinding>): AclBinding => ({ ...(ours[0] as AclBinding), ...over });
	const theirs = [
		like({ patternType: 'literal' }),
		like({ principal: 'User:intruder' }),
		like({ resourceName: 'order' }),
		like({ host: '10.0.0.7' }),
		like({ operation: 'all' }),
		like({ permission: 'allow' }),
		like({ resourceType: 'group' }),
	];
	here.east.acls.push(...theirs);
	const { verified, change } = await take(openTarget, here, { ctx: home });
	expect(here.east.acls.slice(1)).toEqual(theirs);
	expect(statusOf(verified, 'target-open')).toBe('pass');
	if (!change) throw new Error('nothing was changed');
	await undo(openTarget, here, change, home);
	expect(new Set(denialsOn(here.east).map((acl) => JSON.stringify(acl)))).toEqual(
		new Set([...theirs, ...ours].filter(({ permission }) => permission === 'deny').map((acl) => JSON.stringify(acl))),
	);
});

test('an open cluster needs nothing', async () => {
	expect((await planOf(openTarget, estate(), { ctx: home })).change).toBeNull();
});

test('denials on the cluster we leave stay', async () => {
	const here = estate();
	await take(fenceWriters, here);
	await take(openTarget, here);
	expect(denialsOn(here.east).length).toBe(2);
});

test('what a move with other drivers set is lifted too, by the journal', async () => {
	const here = estate();
	const left: Move = { ...eastToWest, mode: 'change' };
	const up = fencedBy(['quota', 'acl']);
	here.east.rates.set('batch', 5_000);
	const steps = [{ id: 'fence-writers', kind: 'fence-writers', params: {} }];
	expect((await run(processOf(here, left, { link: up }), request('r1', left, steps))).result).toBe('done');
	expect([denialsOn(here.east).length, here.east.rates.get('batch')]).toEqual([2, 1]);
	await take(openTarget, here, { ctx: { ...home, link: fencedBy(['manual']) } });
	expect([denialsOn(here.east), [...here.east.rates]]).toEqual([[], [['batch', 5_000]]]);
});
