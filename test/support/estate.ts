import { fileURLToPath } from 'node:url';
import { z } from 'zod';
import { readRunbook } from '../../src/adapters/yaml/runbook-file.ts';
import { type Check, stops } from '../../src/domain/check.ts';
import { direction, type LinkConfig } from '../../src/domain/config/link.ts';
import { PartitionMap, type TopicPartition } from '../../src/domain/kafka/partition.ts';
import type { ItemFailure, Move, RunStep } from '../../src/domain/run/events.ts';
import type { OutputName, Outputs } from '../../src/domain/run/outputs.ts';
import type { EngineEnv, RunRequest } from '../../src/engine/env.ts';
import { type ChangeKind, checksOf, type GateKind, type StepContext, type StepIo } from '../../src/steps/kind.ts';
import { registry } from '../../src/steps/registry.ts';
import { FakeClock } from '../fakes/clock.ts';
import { FakeDns } from '../fakes/dns.ts';
import type { FakeKafka } from '../fakes/kafka.ts';
import type { FakeMirror } from '../fakes/mirror.ts';
import { type FakeWorld, fakeWorld } from '../fakes/world.ts';
import { operator } from './toy.ts';

export const recordOf = (values: string[]) => ({ name: 'kafka.example.com.', type: 'A' as const, ttl: 5, values });

const connectorsOf = (source: string, target: string) => {
	const name = direction(source, target);
	return { [name]: { source: `${name}-source`, checkpoint: `${name}-checkpoint`, heartbeat: `${name}-heartbeat` } };
};

export const link: LinkConfig = {
	name: 'orders',
	clusters: ['east', 'west'],
	topics: ['orders', 'payments?'],
	groups: { include: ['.*'], exclude: ['console-.*'] },
	mirror: { driver: 'connect', connectors: { ...connectorsOf('east', 'west'), ...connectorsOf('west', 'east') } },
	dns: {
		driver: 'route53',
		zone: 'Z1',
		name: 'kafka.example.com.',
		type: 'A',
		ttl: 5,
		values: { east: ['127.0.1.1'], west: ['127.0.2.1'] },
		region: 'us-east-1',
	},
	fence: { driver: ['acl'], principals: ['User:app', 'User:batch'] },
	objectives: { rpo: 1_000, rto: 60_000 },
};

/** The fake world of one link: `orders` with two partitions on both sides, clients on east, an east → west mirror that runs. */
export interface Estate {
	readonly world: FakeWorld;
	readonly dns: FakeDns;
	readonly east: FakeKafka;
	readonly west: FakeKafka;
	/** Connect beside west, with the connectors east → west at the start. */
	readonly connect: FakeMirror;
	/** Connect beside east. */
	readonly connectEast: FakeMirror;
}

export function estate(): Estate {
	const clock = new FakeClock();
	const dns = new FakeDns({ records: [recordOf(['127.0.1.1'])], now: () => clock.now() });
	const world = fakeWorld({ clock, dns: { zone: dns, answers: dns } });
	const { east, west } = world.kafka;
	const { east: connectEast, west: connect } = world.mirrors;
	if (!east || !west || !connect || !connectEast) throw new Error('no such side');
	// With no ACL at all on a topic the first denial would shut out everybody.
	for (const kafka of [east, west]) allow(kafka, 'User:*');
	east.createTopic('orders', 2);
	world.pump();
	return { world, dns, east, west, connect, connectEast };
}

export const at = (partition = 0, topic = 'orders'): TopicPartition => ({ topic, partition });

/** Produces `count` records that differ, as one of the applications. */
export function produce(kafka: FakeKafka, count: number, where: TopicPartition = at(), name = 'r'): void {
	for (let i = 0; i < count; i++) {
		const { end } = kafka.log(where).edges();
		kafka.produce('User:app', where.topic, where.partition, {
			key: `k${end}`,
			value: `${name}-${where.partition}-${end}`,
		});
	}
}

export const eastToWest: Move = { link: 'orders', from: 'east', to: 'west', mode: 'switchover' };

export const ioOf = ({ world }: Estate, { from, to }: Move = eastToWest): StepIo => ({
	world,
	from: world.side(from),
	to: world.side(to),
});

/** What a step gets, besides its parameters. */
export function context(over: Partial<StepContext> = {}, outputs: Partial<Outputs> = {}): StepContext {
	return {
		move: eastToWest,
		link,
		run: 'r1',
		preview: false,
		fromAlive: true,
		consent: {},
		output: <N extends OutputName>(name: N) => outputs[name],
		signal: new AbortController().signal,
		progress: () => {},
		evidence: () => [],
		record: async () => {},
		...over,
	};
}

/** What a gate finds in one look. */
export async function ask<P, F, N extends OutputName>(
	kind: GateKind<P, F, N>,
	here: Estate,
	{ params = {}, ctx = context() }: { params?: Record<string, unknown>; ctx?: StepContext } = {},
) {
	const given = kind.params.parse(params);
	const facts = await kind.observe(given, ioOf(here, ctx.move), ctx);
	const checks = checksOf(kind, facts, given, ctx);
	return {
		facts,
		checks,
		stopped: checks.some(stops),
		output: kind.output?.(facts, given, ctx),
		summary: kind.summary(facts, given, ctx),
	};
}

/** A change once through: observe → check → plan → apply → observe → verify; the change goes over the wire as in a journal. */
export async function take<P, F, C, N extends OutputName>(
	kind: ChangeKind<P, F, C, N>,
	here: Estate,
	{ params = {}, ctx = context() }: { params?: Record<string, unknown>; ctx?: StepContext } = {},
) {
	const given = kind.params.parse(params);
	const io = ioOf(here, ctx.move);
	const facts = await kind.observe(given, io, ctx);
	const checks = checksOf(kind, facts, given, ctx);
	const plan = kind.plan(facts, given, ctx);
	const change =
		plan.change === null ? null : z.decode(kind.change, JSON.parse(JSON.stringify(z.encode(kind.change, plan.change))));
	const failures: ItemFailure[] = change === null ? [] : await kind.apply(change, io, ctx);
	const after = await kind.observe(given, io, ctx);
	const verified = kind.verify(after, change, given, ctx, failures);
	return {
		facts,
		checks,
		summary: plan.summary,
		change,
		failures,
		after,
		verified,
		output: kind.output?.(after, change, given, ctx),
	};
}

/** Plans only. */
export async function planOf<P, F, C, N extends OutputName>(
	kind: ChangeKind<P, F, C, N>,
	here: Estate,
	{ params = {}, ctx = context() }: { params?: Record<string, unknown>; ctx?: StepContext } = {},
) {
	const given = kind.params.parse(params);
	const facts = await kind.observe(given, ioOf(here, ctx.move), ctx);
	return { facts, checks: checksOf(kind, facts, given, ctx), ...kind.plan(facts, given, ctx) };
}

/** Verifies the world as it is now, as after a resume: with nothing needing to be done, or with a recorded change. */
export async function verifyNow<P, F, C, N extends OutputName>(
	kind: ChangeKind<P, F, C, N>,
	here: Estate,
	{
		params = {},
		ctx = context(),
		change = null,
	}: { params?: Record<string, unknown>; ctx?: StepContext; change?: C | null } = {},
): Promise<Check[]> {
	const given = kind.params.parse(params);
	return kind.verify(await kind.observe(given, ioOf(here, ctx.move), ctx), change, given, ctx, []);
}

/** Undoes what `change` did, by the kind's own undo. */
export async function undo<P, F, C, N extends OutputName>(
	kind: ChangeKind<P, F, C, N>,
	here: Estate,
	change: C,
	ctx = context(),
): Promise<void> {
	if (!('of' in kind.undo)) throw new Error(`${kind.kind} has no undo: ${kind.undo.none}`);
	await kind.apply(kind.undo.of(change), ioOf(here, ctx.move), ctx);
}

/** As careful teams do it: this principal may use every topic. */
export function allow(kafka: FakeKafka, principal: string): void {
	kafka.acls.push({
		resourceType: 'topic',
		resourceName: '*',
		patternType: 'literal',
		principal,
		host: '*',
		operation: 'all',
		permission: 'allow',
	});
}

export const denialsOn = ({ acls }: FakeKafka) => acls.filter(({ permission }) => permission === 'deny');

export const statusOf = (checks: readonly Check[], code: string): Check['status'] | undefined =>
	checks.find((check) => check.code === code)?.status;
export const saysOf = (checks: readonly Check[], code: string): string | undefined =>
	checks.find((check) => check.code === code)?.observed;

export async function shipped(name: 'switchover' | 'failover' | 'failback' | 'rebuild'): Promise<RunStep[]> {
	const file = fileURLToPath(new URL(`../../runbooks/${name}.yaml`, import.meta.url));
	return (await readRunbook(file, registry)).steps;
}

/** One process that works on a run over the estate; events go over the wire as on the real journal. */
export function processOf(here: Estate, move: Move, changes: Partial<EngineEnv> = {}): EngineEnv {
	const { journal } = here.world.side(move.to);
	return {
		io: ioOf(here, move),
		link,
		registry,
		journal: {
			read: (name) => journal.read(name),
			signal: (run, signal) => journal.signal(run, signal),
			signals: (run, from) => journal.signals(run, from),
			async open(name) {
				const writer = await journal.open(name);
				return {
					append: (run, events) => writer.append(run, JSON.parse(JSON.stringify(events))),
					close: () => writer.close(),
				};
			},
		},
		clock: here.world.clock,
		listener: () => {},
		consent: async () => ({}),
		signal: new AbortController().signal,
		operator: operator('ana'),
		fromAlive: here.world.faults.health(move.from) === 'up',
		ticker: () => () => {},
		...changes,
	};
}

export const request = (
	run: string,
	move: Move,
	steps: RunStep[],
	consent: Record<string, string> = {},
): RunRequest => ({
	run,
	move,
	command: `kdr ${move.mode} --to ${move.to}`,
	steps,
	consent,
	clusterIds: {},
});

/** Offsets committed for a group on one side, as `topic:partition` → offset. */
export const committed = (kafka: FakeKafka, group: string): Record<string, bigint> =>
	Object.fromEntries(
		[...(kafka.groups.get(group)?.committed ?? new PartitionMap())].map(([{ topic, partition }, { offset }]) => [
			`${topic}:${partition}`,
			offset,
		]),
	);
