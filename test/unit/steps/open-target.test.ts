import { expect, test } from 'vitest';
import type { AclBinding } from '../../../src/ports/acls.ts';
import { evictReaders } from '../../../src/steps/evict-readers.ts';
import { fenceWriters } from '../../../src/steps/fence-writers.ts';
import { openTarget } from '../../../src/steps/open-target.ts';
import { context, eastToWest, estate, planOf, statusOf, take, undo } from '../../support/estate.ts';

const home = context({ move: { ...eastToWest, from: 'west', to: 'east' } });

test('what fence and eviction of an earlier move left is lifted, and nothing that looks like it', async () => {
	const here = estate();
	await take(fenceWriters, here);
	await take(evictReaders, here);
	const ours = [...here.east.acls];
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
	const { verified, change } = await take(openTarget, here, { cx: home });
	expect(here.east.acls).toEqual(theirs);
	expect(statusOf(verified, 'target-open')).toBe('pass');
	if (!change) throw new Error('nothing was changed');
	await undo(openTarget, here, change, home);
	expect(new Set(here.east.acls.map((acl) => JSON.stringify(acl)))).toEqual(
		new Set([...theirs, ...ours].map((acl) => JSON.stringify(acl))),
	);
});

test('an open cluster needs nothing', async () => {
	expect((await planOf(openTarget, estate(), { cx: home })).change).toBeNull();
});

test('denials on the cluster we leave stay', async () => {
	const here = estate();
	await take(fenceWriters, here);
	await take(openTarget, here);
	expect(here.east.acls.length).toBe(2);
});
