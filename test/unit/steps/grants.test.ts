import { expect, test } from 'vitest';
import { KdrError } from '../../../src/domain/errors/kdr-error.ts';
import type { AclBinding } from '../../../src/ports/acls.ts';
import { missingGrants } from '../../../src/steps/fence/grants.ts';
import { at, context, type Estate, estate, ioOf, produce, shipped } from '../../support/estate.ts';

const denied = (resourceType: AclBinding['resourceType'], resourceName: string, operation: AclBinding['operation']): AclBinding => ({
	resourceType,
	resourceName,
	patternType: 'literal',
	principal: 'User:kdr',
	host: '*',
	operation,
	permission: 'deny',
});

const switchover = await shipped('switchover');

function ready(): Estate {
	const here = estate();
	produce(here.east, 3);
	here.west.commitAs('billing', at(), 1n);
	here.west.createTopic('kdr-journal.internal', 1);
	here.world.pump();
	return here;
}

test('with every permission nothing is missing', async () => {
	expect(await missingGrants(switchover, ioOf(ready()), context())).toEqual([]);
});

test('each permission that a step would write with and kdr has not is named with its step, thing and cluster', async () => {
	const here = ready();
	here.east.acls.push(denied('cluster', 'kafka-cluster', 'alter'));
	here.west.acls.push(denied('group', 'billing', 'read'), denied('topic', 'kdr-journal.internal', 'write'));
	expect(await missingGrants(switchover, ioOf(here), context())).toEqual([
		{ severity: 'block', message: 'kdr may not WRITE kdr-journal.internal on west (KDR_NOT_PERMITTED)' },
		{ step: 'fence-writers', severity: 'block', message: 'kdr may not ALTER the cluster on east (KDR_NOT_PERMITTED)' },
		{ step: 'evict-readers', severity: 'block', message: 'kdr may not ALTER the cluster on east (KDR_NOT_PERMITTED)' },
		{ step: 'offsets-commit', severity: 'block', message: 'kdr may not READ billing on west (KDR_NOT_PERMITTED)' },
	]);
});

test('a dead cluster that is left is not asked; one that does not say is a warning, not a promise', async () => {
	const here = ready();
	here.world.kill('east');
	expect(await missingGrants(switchover, ioOf(here), context({ fromAlive: false }))).toEqual([]);
	const io = ioOf(ready());
	const permissions = {
		...io.to.permissions,
		cluster: () => Promise.reject(new KdrError('KDR_TIMEOUT', 'no answer')),
		groups: async () => new Map([['billing', null]]),
	};
	expect(await missingGrants(switchover, { ...io, to: { ...io.to, permissions } }, context())).toEqual([
		{ step: 'offsets-commit', severity: 'warning', message: 'whether kdr may READ billing on west is unknown' },
		{ step: 'open-target', severity: 'warning', message: 'whether kdr may ALTER on west is unknown: no answer' },
	]);
});
