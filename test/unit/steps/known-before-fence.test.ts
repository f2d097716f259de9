import { describe, expect, test } from 'vitest';
import { KdrError } from '../../../src/domain/errors/kdr-error.ts';
import { bad, type Item } from '../../../src/domain/item.ts';
import type { EngineEvent } from '../../../src/domain/run/engine-event.ts';
import type { Move, RunStep } from '../../../src/domain/run/events.ts';
import type { EngineEnv } from '../../../src/engine/env.ts';
import { run } from '../../../src/engine/execute.ts';
import { preview } from '../../../src/engine/preview.ts';
import type { Side, World } from '../../../src/ports/world.ts';
import { askGrants, registry } from '../../../src/steps/registry.ts';
import {
	at,
	denialsOn,
	type Estate,
	eastToWest,
	estate,
	ioOf,
	link,
	processOf,
	produce,
	request,
	shipped,
} from '../../support/estate.ts';
import { failedOver, onEast, paying, returned } from '../../support/way-back.ts';

/** Nothing that can be known before the fence is first found after it: clients would pay for it with an outage. */

/** An estate with all that a move asks about: groups with and without members, an application's own login, transactions. */
function scene(): Estate {
	const here = estate();
	const { east, world } = here;
	east.application = 'User:app';
	for (const partition of [0, 1]) {
		produce(east, 5, at(partition));
		const transaction = east.transaction('User:app');
		transaction.produce('orders', partition, { value: 'committed' });
		transaction.commit();
	}
	east.join('billing', { topics: ['orders'] });
	for (const partition of [0, 1]) east.commitAs('billing', at(partition), 3n);
	east.commitAs('idle', at(), 2n);
	world.clock.advance(1_000);
	return here;
}

interface Subject {
	move: Move;
	steps: RunStep[];
	scene(): Promise<Estate> | Estate;
	consent?: Record<string, string>;
}

const failover: Move = { ...eastToWest, mode: 'failover' };
const home: Move = { ...eastToWest, from: 'west', to: 'east' };

const subjects: Record<string, Subject> = {
	switchover: { move: eastToWest, steps: await shipped('switchover'), scene },
	failover: { move: failover, steps: await shipped('failover'), scene, consent: { 'accept-loss': '1h' } },
	failback: { move: home, steps: await shipped('failback'), scene: () => returned(0) },
	'fence-pay': {
		move: onEast,
		steps: paying,
		scene: async () => {
			const here = await failedOver(0);
			here.world.revive('east');
			here.world.clock.advance(60_000);
			return here;
		},
	},
};

const processIn = (here: Estate, { move }: Subject, changes: Partial<EngineEnv> = {}): EngineEnv => {
	const io = changes.io ?? ioOf(here, move);
	return processOf(here, move, {
		grants: ({ steps }) => askGrants({ mode: move.mode, steps }, io, { link, fromAlive: true }),
		...changes,
	});
};

/**
 * Checks of switchover, failover, failback and fence-pay that are first asked behind the fence, and why not earlier. A new check belongs into
 * the plan; only what the run itself brings about, or what moves until then, belongs here.
 */
const late: Record<string, string> = {
	'fence-in-place': 'of the fence itself',
	'fence-propagated': 'of the fence itself; that brokers tell is asked by fence-provable',
	KDR_WRITERS_NOT_STILL: 'writers write until then; transactions that last are asked by transaction-open',
	KDR_FENCE_LEAKS: 'of the fence itself; whether the canary can show it is asked by canary-fit',
	KDR_NOT_DRAINED:
		'the mirror is behind until then; what it never takes is asked by topic-unmirrored and partition-unmirrored',
	'groups-settled': 'groups read until then; what cannot be read is asked by groups-unread',
	'eviction-in-place': 'of the eviction itself',
	'readers-gone': 'of the eviction itself',
	'ends-readable': 'whether logs can be read is asked by every plan',
	'cut-readable': 'of the logs at the cut; whether they can be read is asked by partition-unmirrored and the drain',
	'refusals-named': 'of the commits themselves',
	KDR_OFFSET_NOT_TAKEN: 'of the commits themselves',
	'reverse-seeded': 'of the seeding itself',
	'mirror-running': 'of the start itself',
	'target-open': 'of the opening itself',
	'dns-flipped': 'of the flip itself',
	KDR_DNS_NOT_IN_SYNC: 'of the flip itself; who does not answer is asked by dns-servers',
};

async function walk(subject: Subject) {
	const { move, steps, consent = {} } = subject;
	const dry = await preview(processIn(await subject.scene(), subject), { move, steps, consent });
	const events: EngineEvent[] = [];
	const here = await subject.scene();
	const outcome = await run(
		processIn(here, subject, { listener: (event) => void events.push(event) }),
		request('r1', move, steps, consent),
	);
	const shown = events.find((event) => event.type === 'plan');
	const fence = steps.findIndex((step) => registry.get(step.kind)?.role === 'fences-writers');
	const before = new Set(dry.flatMap(({ checks }) => checks.map(({ code }) => code)));
	const firstLate = new Map<string, string>();
	for (const [index, { step, checks = [] }] of (outcome.state?.steps ?? []).entries())
		for (const { code } of checks)
			if (index < fence) before.add(code);
			else if (!before.has(code) && !firstLate.has(code)) firstLate.set(code, step.id);
	return { outcome, dry, shown, firstLate };
}

const codes = (steps: readonly { step: RunStep; checks: readonly { code: string }[] }[]) =>
	steps.map(({ step, checks }) => [step.id, checks.map(({ code }) => code)]);

const asked = new Set<string>();

describe.each(Object.entries(subjects))('%s', (_name, subject) => {
	test('asks every check before the fence, but for those that are of the fence, or of what moves until then', async () => {
		const { outcome, firstLate } = await walk(subject);
		expect(outcome.error?.message).toBeUndefined();
		for (const code of firstLate.keys()) asked.add(code);
		expect([...firstLate].filter(([code]) => late[code] === undefined)).toEqual([]);
	});

	test('asks the same in a dry run and in the plan of the real run', async () => {
		const { dry, shown } = await walk(subject);
		expect(shown?.type === 'plan' && codes(shown.steps)).toEqual(codes(dry));
	});
});

test('no reason is kept for a check that nobody asks behind the fence', () => {
	expect(Object.keys(late).filter((code) => !asked.has(code))).toEqual([]);
});

/** Of a rebuild: it empties a cluster whose clients are elsewhere, so that no fence of it is an outage. */
const ofRebuild = [
	'rebuild-loss',
	'topics-delete',
	'topics-create',
	'offsets-delete',
	'mirror-reset',
	'mirror-complete',
	'mirror-compare',
];

test('every kind that a shipped runbook has behind a fence is walked', async () => {
	const met = new Set([...Object.values(subjects).flatMap(({ steps }) => steps.map(({ kind }) => kind)), ...ofRebuild]);
	for (const name of ['switchover', 'failover', 'failback', 'rebuild'] as const) {
		const steps = await shipped(name);
		const fence = steps.findIndex(({ kind }) => kind === 'fence-writers');
		expect(fence).toBeGreaterThan(0);
		expect(steps.slice(fence).filter(({ kind }) => !met.has(kind))).toEqual([]);
	}
});

/** Writes: permission for them is asked of Kafka by grants; Connect and the DNS provider tell of none, and are only known by trying. */
const writes =
	/^(east|west) (acls\.(create|remove)|groups\.(commit|evict)|quotas\.set|mirror\.(prepare|seed|resume|stop))|^dns zone\.swap/;
/** Asked of a connector that the run itself makes. */
const ofTheNew = /^east mirror\.positions$/;

/** How a switchover ends in a world that refuses something from the start. */
async function endIn(here: Estate, io = ioOf(here, eastToWest)): Promise<{ text: string; late: boolean }> {
	const subject = { move: eastToWest, steps: subjects.switchover?.steps ?? [], scene };
	try {
		const { result, exit, error } = await run(
			processIn(here, subject, { io }),
			request('r1', eastToWest, subject.steps),
		);
		return {
			text: `${result} ${exit} ${error?.message ?? ''}`,
			late: result !== 'done' && denialsOn(here.east).length > 0,
		};
	} catch (thrown) {
		if (!(thrown instanceof KdrError)) throw thrown;
		return { text: `refused ${thrown.exit} ${thrown.message}`, late: false };
	}
}

test('a reading that a cluster, Connect or the provider refuses from the start stops a move before its fence, or not at all', async () => {
	const good = scene();
	await endIn(good);
	const readings = [...new Set(good.world.faults.calls)].filter((call) => !writes.test(call) && !ofTheNew.test(call));
	expect(readings.length).toBeGreaterThan(25);
	const found: string[] = [];
	for (const reading of readings) {
		const here = scene();
		const code = reading.startsWith('dns') ? 'KDR_DNS_DENIED' : 'KDR_NOT_PERMITTED';
		here.world.faults.around = (call, moment) => {
			if (call === reading && moment === 'before') throw new KdrError(code, `${reading}: refused`);
		};
		const end = await endIn(here);
		if (end.late) found.push(`${reading}: ${end.text}`);
	}
	expect(found).toEqual([]);
});

const perItem = [
	['records', 'edges'],
	['records', 'producers'],
	['records', 'last'],
	['groups', 'committed'],
	['groups', 'members'],
	['watch', 'denials'],
	['canary', 'writable'],
] as const;

/** A side whose answer to `port.method` always lacks its first item. */
function lacking(side: Side, port: keyof Side, method: string): Side {
	const spoiled = new Proxy(side[port] as object, {
		get(target, name) {
			const value: unknown = Reflect.get(target, name);
			if (typeof value !== 'function') return value;
			const call = value.bind(target) as (...args: unknown[]) => unknown;
			if (name !== method) return call;
			return async (...args: unknown[]) => {
				const answer = (await call(...args)) as Map<unknown, Item<unknown>>;
				const [first] = answer.keys();
				if (first !== undefined)
					answer.set(first, bad(new KdrError('KDR_NOT_PERMITTED', `${port}.${method}: refused`)));
				return answer;
			};
		},
	});
	return new Proxy(side, { get: (target, name) => (name === port ? spoiled : Reflect.get(target, name)) });
}

test('a partition, group or broker of which nothing can be read stops a move before its fence, or not at all', async () => {
	const found: string[] = [];
	for (const alias of ['east', 'west'])
		for (const [port, method] of perItem) {
			const here = scene();
			if (here.world.side(alias)[port] === null) continue;
			const spoiled = lacking(here.world.side(alias), port, method);
			const side = (name: string): Side => (name === alias ? spoiled : here.world.side(name));
			const world: World = { ...here.world, side };
			const end = await endIn(here, { world, from: side('east'), to: side('west') });
			if (end.late) found.push(`${alias} ${port}.${method}: ${end.text}`);
		}
	expect(found).toEqual([]);
});

test('a write that Kafka would refuse refuses the plan', async () => {
	for (const [on, name, operation] of [
		['cluster', 'kafka-cluster', 'alter'],
		['group', 'billing', 'read'],
	] as const) {
		const here = scene();
		here.west.commitAs('billing', at(), 1n);
		const side = on === 'cluster' ? here.east : here.west;
		const deny = { patternType: 'literal', principal: 'User:kdr', host: '*', permission: 'deny' } as const;
		side.acls.push({ ...deny, resourceType: on, resourceName: name, operation });
		const end = await endIn(here);
		expect(end.text).toMatch(/^refused 3 .*kdr may not/);
		expect(end.late).toBe(false);
	}
});
