import { expect, test } from 'vitest';
import { KdrError } from '../../../src/domain/errors/kdr-error.ts';
import type { AclBinding } from '../../../src/ports/acls.ts';
import { missingGrants } from '../../../src/steps/grants.ts';
import { registry } from '../../../src/steps/registry.ts';
import { at, context, type Estate, estate, ioOf, link, produce, shipped } from '../../support/estate.ts';

const denied = (
	resourceType: AclBinding['resourceType'],
	resourceName: string,
	operation: AclBinding['operation'],
): AclBinding => ({
	resourceType,
	resourceName,
	patternType: 'literal',
	principal: 'User:kdr',
	host: '*',
	operation,
	permission: 'deny',
});

const switchover = { mode: 'switchover', steps: await shipped('switchover') } as const;
const rebuild = { mode: 'change', steps: await shipped('rebuild') } as const;

function ready(): Estate {
	const here = estate();
	produce(here.east, 3);
	here.west.commitAs('billing', at(), 1n);
	here.west.createTopic('kdr-journal.internal', 1);
	here.world.pump();
	return here;
}

test('each kind of step that changes something states its permissions; those of Kafka differ from none', () => {
	const changing = [...registry.values()].filter((kind) => kind.type === 'change');
	const params = { toTopic: undefined };
	const writing = changing.filter(({ grants }) => grants(link, params).length > 0).map(({ kind }) => kind);
	expect(writing.sort()).toEqual([
		'evict-readers',
		'fence-lift',
		'fence-writers',
		'offsets-commit',
		'offsets-delete',
		'offsets-undo',
		'open-target',
		'salvage-replay',
		'topics-create',
		'topics-delete',
	]);
});

test('with every permission nothing is missing', async () => {
	for (const runbook of [switchover, rebuild])
		expect(await missingGrants(runbook, registry, ioOf(ready()), context())).toEqual([]);
});

test('each permission that a step would write with and kdr has not is named with its step, thing and cluster', async () => {
	const here = ready();
	here.east.acls.push(denied('cluster', 'kafka-cluster', 'alter'));
	here.west.acls.push(denied('group', 'billing', 'read'), denied('topic', 'kdr-journal.internal', 'write'));
	expect(await missingGrants(switchover, registry, ioOf(here), context())).toEqual([
		{ severity: 'block', message: 'kdr may not WRITE kdr-journal.internal on west (KDR_NOT_PERMITTED)' },
		{ step: 'fence-writers', severity: 'block', message: 'kdr may not ALTER the cluster on east (KDR_NOT_PERMITTED)' },
		{ step: 'evict-readers', severity: 'block', message: 'kdr may not ALTER the cluster on east (KDR_NOT_PERMITTED)' },
		{ step: 'offsets-commit', severity: 'block', message: 'kdr may not READ billing on west (KDR_NOT_PERMITTED)' },
	]);
});

test('a dead cluster that is left is not asked; one that does not say is a warning, not a promise', async () => {
	const here = ready();
	here.world.kill('east');
	expect(await missingGrants(switchover, registry, ioOf(here), context({ fromAlive: false }))).toEqual([]);
	const io = ioOf(ready());
	const permissions = {
		...io.to.permissions,
		cluster: () => Promise.reject(new KdrError('KDR_TIMEOUT', 'no answer')),
		groups: async () => new Map([['billing', null]]),
	};
	expect(await missingGrants(switchover, registry, { ...io, to: { ...io.to, permissions } }, context())).toEqual([
		{ step: 'offsets-commit', severity: 'warning', message: 'whether kdr may READ billing on west is unknown' },
		{ step: 'offsets-commit', severity: 'warning', message: 'whether kdr may DELETE billing on west is unknown' },
		{ step: 'open-target', severity: 'warning', message: 'whether kdr may ALTER on west is unknown: no answer' },
	]);
});

test('a rebuild asks for deleting and making topics, for what the mirror remembers, and for forgetting offsets', async () => {
	const here = ready();
	here.east.commitAs('billing', at(), 1n);
	here.west.createTopic('east.checkpoints.internal', 1);
	here.east.acls.push(
		denied('topic', 'orders', 'delete'),
		denied('topic', 'orders', 'create'),
		denied('group', 'billing', 'delete'),
	);
	here.west.acls.push(denied('topic', 'east.checkpoints.internal', 'delete'), denied('topic', 'orders', 'delete'));
	const deleting = [
		{ step: 'topics-delete', severity: 'block', message: 'kdr may not DELETE orders on east (KDR_NOT_PERMITTED)' },
		{
			step: 'topics-delete',
			severity: 'block',
			message: 'kdr may not DELETE east.checkpoints.internal on west (KDR_NOT_PERMITTED)',
		},
	];
	const forgetting = {
		step: 'offsets-delete',
		severity: 'block',
		message: 'kdr may not DELETE billing on east (KDR_NOT_PERMITTED)',
	};
	expect(await missingGrants(rebuild, registry, ioOf(here), context())).toEqual([...deleting, forgetting]);
	here.east.acls.push(denied('cluster', 'kafka-cluster', 'create'));
	const making = {
		step: 'topics-create',
		severity: 'block',
		message: 'kdr may not CREATE orders on east (KDR_NOT_PERMITTED)',
	};
	expect(await missingGrants(rebuild, registry, ioOf(here), context())).toEqual([...deleting, making, forgetting]);
});

test('a permission needed only to undo offsets is a warning', async () => {
	const here = ready();
	here.west.acls.push(denied('group', 'billing', 'delete'));
	expect(await missingGrants(switchover, registry, ioOf(here), context())).toEqual([
		{
			step: 'offsets-commit',
			severity: 'warning',
			message: 'kdr may not DELETE billing on west: the step could not be undone completely',
		},
	]);
});

test('the journal of the side that is left must be writable too, but for a failover', async () => {
	const here = ready();
	here.east.createTopic('kdr-journal.internal', 1);
	here.east.acls.push(denied('topic', 'kdr-journal.internal', 'write'));
	const message = 'kdr may not WRITE kdr-journal.internal on east (KDR_NOT_PERMITTED)';
	expect(await missingGrants(switchover, registry, ioOf(here), context())).toEqual([{ severity: 'block', message }]);
	expect(
		await missingGrants({ mode: 'failover', steps: await shipped('failover') }, registry, ioOf(here), context()),
	).toEqual([]);
});
