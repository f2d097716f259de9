import { afterAll, expect, test } from 'vitest';
import type { Move, RunStep } from '../../src/domain/run/events.ts';
import { run } from '../../src/engine/execute.ts';
import { type CrashSubject, surviveEveryCrash } from '../support/crash.ts';
import { crashingIo } from '../support/crash-writes.ts';
import {
	at,
	committed,
	type Estate,
	eastToWest,
	estate,
	processOf,
	produce,
	request,
	shipped,
} from '../support/estate.ts';
import { operator } from '../support/toy.ts';

const groups = ['done', 'lagging', 'modern', 'new'];
const switchover = await shipped('switchover');
const failover = await shipped('failover');
const reverse: RunStep[] = [
	{ id: 'stop-mirror', kind: 'mirror-stop', params: { roles: ['checkpoint', 'source'] } },
	{ id: 'recall-cuts', kind: 'recall-cuts', params: {} },
	{ id: 'mirror-seed', kind: 'mirror-seed', params: {} },
	{ id: 'mirror-resume', kind: 'mirror-resume', params: {} },
];
const survived: string[] = [];
afterAll(() => void process.stdout.write(`crash points survived: ${survived.join(', ')}\n`));

/** Traffic with transactions behind it; members on east that read on until they are denied. */
function busy(): Estate {
	const here = estate();
	const { east, world } = here;
	for (const partition of [0, 1]) {
		produce(east, 8, at(partition));
		const aborted = east.transaction('User:app');
		aborted.produce('orders', partition, { value: 'never' });
		aborted.abort();
		produce(east, 4, at(partition));
	}
	for (const group of groups) east.join(group, { topics: ['orders'] }, group === 'modern' ? 'consumer' : 'classic');
	for (const partition of [0, 1]) {
		for (const group of ['done', 'modern']) east.commitAs(group, at(partition), east.log(at(partition)).edges().end);
		east.commitAs('lagging', at(partition), 5n, 'theirs');
	}
	world.pump();
	return here;
}

interface Subject {
	here: Estate;
	effects: string[];
}

function pictureOf({ east, west, connect, connectEast, dns, world }: Estate) {
	const side = (kafka: typeof east) => ({
		acls: kafka.acls.map((acl) => JSON.stringify(acl)).sort(),
		offsets: groups.map((group) => [group, committed(kafka, group)]),
		members: groups.filter((group) => kafka.members(kafka.group(group)).length > 0),
		ends: [...kafka.topics.values()]
			.filter(({ name }) => name === 'orders')
			.flatMap(({ logs }) => logs.map((log) => log.edges().end)),
	});
	const connectors = (mirror: typeof connect) =>
		[...mirror.running.values()]
			.map(({ name, config, target, positions }) => ({ name, config, target, positions: [...positions] }))
			.sort((a, b) => (a.name < b.name ? -1 : 1));
	return {
		east: world.faults.health('east') === 'up' ? { ...side(east), connectors: connectors(connectEast) } : null,
		west: { ...side(west), connectors: connectors(connect) },
		record: dns.written.at(-1) ?? null,
	};
}

let processes = 0;

function subject(
	make: () => Estate,
	move: Move,
	steps: RunStep[],
	consent: Record<string, string> = {},
): CrashSubject<Subject> {
	return {
		world: () => ({ here: make(), effects: [] }),
		env({ here, effects }, crasher) {
			const env = processOf(here, move, { operator: operator('ana', ++processes) });
			return {
				...env,
				io: crashingIo(env.io, crasher, { picture: () => pictureOf(here), effects, turn: Promise.resolve() }),
			};
		},
		request: request('r1', move, steps, consent),
		afterCrash: ({ here }) => here.world.clock.advance(20_000),
		picture: ({ here }) => pictureOf(here),
		inspect({ here, effects }, crash) {
			expect(new Set(effects).size, `an effect was had twice after ${crash}:\n${effects.join('\n')}`).toBe(
				effects.length,
			);
			expect(here.dns.written.length, `swaps of the record after ${crash}`).toBeLessThanOrEqual(1);
		},
	};
}

async function survive(name: string, what: CrashSubject<Subject>): Promise<number> {
	const count = await surviveEveryCrash(what);
	survived.push(`${name} ${count}`);
	return count;
}

const lateMirror = (): Estate => {
	const here = busy();
	here.connect.fail('east-to-west-source', 'the reader ended');
	for (const partition of [0, 1]) produce(here.east, 7, at(partition), 'tail');
	return here;
};
const anyLoss = { 'accept-loss': '1h' };
const unplanned: Move = { ...eastToWest, mode: 'failover' };
const back: Move = { ...eastToWest, mode: 'change' };

test('a switchover killed at any journal event or around any single write ends, resumed, in the same world', async () => {
	expect(await survive('switchover', subject(busy, eastToWest, switchover))).toBeGreaterThan(150);
}, 300_000);

test('a failover from a cluster that still answers, the same', async () => {
	expect(await survive('failover from alive', subject(lateMirror, unplanned, failover, anyLoss))).toBeGreaterThan(100);
}, 300_000);

test('a failover from a dead cluster, the same', async () => {
	const dead = () => {
		const here = lateMirror();
		here.world.kill('east');
		return here;
	};
	expect(await survive('failover from dead', subject(dead, unplanned, failover, anyLoss))).toBeGreaterThan(80);
}, 300_000);

test('a failover during which the cluster we leave dies for good, whenever that is, ends with clients moved and nobody taken past an unread record', async () => {
	const alive = subject(lateMirror, unplanned, failover, anyLoss);
	const count = await survive('failover from dying', {
		...alive,
		afterCrash({ here }) {
			here.world.kill('east');
			here.world.clock.advance(70_000);
		},
		picture: ({ here }) => ({
			record: here.dns.written.at(-1),
			forward: [...here.connect.running.values()].map(({ target }) => target),
		}),
		inspect({ here }, crash) {
			for (const partition of [0, 1])
				expect(committed(here.west, 'lagging')[`orders:${partition}`], crash).toBeLessThanOrEqual(5n);
		},
	});
	expect(count).toBeGreaterThan(100);
}, 300_000);

test('the mirror reversed after a failover, the same', async () => {
	const moved = lateMirror();
	const outcome = await run(processOf(moved, unplanned), request('r0', unplanned, failover, anyLoss));
	expect(outcome.result).toBe('done');
	const journalled = moved.world.journals.west?.entries ?? [];
	const returned = () => {
		const here = lateMirror();
		for (const role of ['source', 'checkpoint']) void here.connect.stop(`east-to-west-${role}`);
		here.world.journals.west?.entries.push(...structuredClone(journalled));
		return here;
	};
	expect(await survive('mirror reverse', subject(returned, back, reverse))).toBeGreaterThan(50);
}, 300_000);
