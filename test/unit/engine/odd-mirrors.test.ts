import { expect, test } from 'vitest';
import { KdrError } from '../../../src/domain/errors/kdr-error.ts';
import { run } from '../../../src/engine/execute.ts';
import { connectorsOf, writeMarkers } from '../../../src/observe/connectors.ts';
import { observeMirror } from '../../../src/observe/mirror.ts';
import { mirrorSeed } from '../../../src/steps/mirror/mirror-seed.ts';
import type { FakeMirror } from '../../fakes/mirror.ts';
import {
	at,
	context,
	denialsOn,
	type Estate,
	eastToWest,
	estate,
	link,
	planOf,
	processOf,
	produce,
	request,
	shipped,
	statusOf,
} from '../../support/estate.ts';

/** Replaces settings of the connectors of a mirror; an empty one is taken away. */
function rewrite(mirror: FakeMirror, changes: Record<string, string>): void {
	for (const connector of mirror.running.values()) {
		connector.config = { ...connector.config, ...changes };
		for (const [key, value] of Object.entries(changes)) if (value === '') delete connector.config[key];
	}
}

const theirs = {
	'source.cluster.bootstrap.servers': 'east.example.com:9092',
	'target.cluster.bootstrap.servers': 'west.example.com:9092',
};

/** There and home again; what the ends of both logs are at the end. */
async function thereAndHome(here: Estate): Promise<string[]> {
	const { east, west, world } = here;
	for (const partition of [0, 1]) produce(east, 5, at(partition));
	world.pump();
	const home = { ...eastToWest, from: 'west', to: 'east' };
	for (const move of [eastToWest, home]) {
		const to = world.kafka[move.to];
		const out = await run(processOf(here, move), request(`to-${move.to}`, move, await shipped('switchover')));
		expect([out.result, out.error?.message]).toEqual(['done', undefined]);
		if (to) for (const partition of [0, 1]) produce(to, 3, at(partition), move.to);
		world.pump();
		world.pump();
	}
	return [east, west].map((side) => [0, 1].map((partition) => `${side.log(at(partition)).edges().end}`).join(' '));
}

test.each([
	['no target.cluster.alias: MirrorMaker 2 says "target"', { 'target.cluster.alias': '' }],
	[
		'no target.cluster.alias, and syncs on the source, as MirrorMaker 2 does it by default',
		{ 'target.cluster.alias': '', 'offset-syncs.topic.location': '' },
	],
	['aliases that kdr.yaml does not know', { 'source.cluster.alias': 'primary', 'target.cluster.alias': 'backup' }],
])('%s: a switchover there and home copies nothing back and loses nothing', async (_case, changes) => {
	const here = estate();
	rewrite(here.connect, { ...theirs, ...changes });
	expect(await thereAndHome(here)).toEqual(['11 11', '11 11']);
});

test('a connector with an unknown class is of the link where kdr.yaml names it', async () => {
	const here = estate();
	const of = async () =>
		(await connectorsOf(here.world.side('west'), here.world.side('east'), link)).map(({ role }) => role);
	const source = here.connect.running.get('east-to-west-source');
	if (source) source.config['connector.class'] = 'com.example.Copier';
	expect(await of()).toEqual(['checkpoint', 'heartbeat', 'source']);
});

test('a mirror back that hides behind other names and addresses of a broker is seen by the guard against both directions', async () => {
	const here = estate();
	here.connectEast.add('source', 'west');
	const hidden = here.connectEast.running.get('west-to-east-source');
	if (!hidden) throw new Error('no connector');
	here.connectEast.running.delete(hidden.name);
	hidden.name = 'copy-back';
	here.connectEast.running.set(hidden.name, hidden);
	rewrite(here.connectEast, {
		'replication.policy.class': 'IdentityReplicationPolicy',
		'source.cluster.alias': 'b',
		'target.cluster.alias': '',
		'source.cluster.bootstrap.servers': 'broker-1.west.example.com:9092',
	});
	expect((await observeMirror(here.world, link)).flows).toEqual(
		expect.arrayContaining([{ source: 'west', target: 'east' }]),
	);
	const { checks } = await planOf(mirrorSeed, here, { ctx: context() });
	expect(statusOf(checks, 'KDR_MIRROR_BOTH_DIRECTIONS')).toBe('block');
});

test('settings that the workers of the side we leave do not accept (a file that is not there) are refused before anybody is fenced', async () => {
	const here = estate();
	here.connectEast.faults = [{ key: '', text: 'Could not read properties from file /etc/secrets' }];
	const moving = run(processOf(here, eastToWest), request('r1', eastToWest, await shipped('switchover')));
	await expect(moving).rejects.toMatchObject({
		code: 'KDR_CHECK_FAILED',
		details: { checks: [{ code: 'mirror-invalid', observed: expect.stringContaining('/etc/secrets') }] },
	});
	expect(denialsOn(here.east)).toEqual([]);
});

test('an exactly-once worker writes markers also for a connector that only requests it: slots of its target are no count', async () => {
	const here = estate();
	const [west, east] = [here.world.side('west'), here.world.side('east')];
	const asked = async () => writeMarkers(west, await connectorsOf(west, east, link));
	expect(await asked()).toBe('no');
	here.connect.exactlyOnce = true;
	expect(await asked()).toBe('yes');
	here.connect.validate = async () => {
		throw new KdrError('KDR_AUTH_FAILED', 'not permitted');
	};
	expect(await asked()).toBe('unknown');
	rewrite(here.connect, { 'exactly.once.support': 'required' });
	expect(await asked()).toBe('yes');
});
