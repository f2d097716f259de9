import { mkdirSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { type LabState, labAliases } from '../estate.ts';
import { estateOf } from '../estates/index.ts';
import { readSecret, readState } from '../state.ts';
import type { Client, TrafficContext } from './client.ts';
import { clientKinds } from './client-kinds.ts';
import { undrained } from './drain.ts';
import { GroupMember } from './group-member.ts';
import { JavaConsumer } from './java-consumer.ts';
import { JavaProducer } from './java-producer.ts';
import { LibrdkafkaConsumer } from './librdkafka-consumer.ts';
import { OpenTransaction } from './open-transaction.ts';
import { PlainProducer } from './plain-producer.ts';
import type { GroupPlan, ProducerPlan, Roster, RosterOptions } from './roster.ts';
import { roster } from './roster.ts';
import { isUp, type TrafficStatus, trafficFolder, writeStatus } from './status.ts';
import { TxProducer } from './tx-producer.ts';
import { pause, within } from './waits.ts';

const drainMs = 60_000;
const log = (line: string): void => void process.stdout.write(`${new Date().toISOString()} ${line}\n`);

const makeProducer = (ctx: TrafficContext, plan: ProducerPlan): Client => {
	if (plan.kind === 'java') return new JavaProducer(ctx, plan);
	if (plan.kind === 'open-transaction') return new OpenTransaction(ctx, plan);
	return plan.kind === 'transactional' ? new TxProducer(ctx, plan) : new PlainProducer(ctx, plan);
};

const makeMembers = (ctx: TrafficContext, plan: GroupPlan): Client[] => {
	if (plan.kind === 'librdkafka') return [new LibrdkafkaConsumer(ctx, plan)];
	if (plan.kind !== 'kafkajs') return [new JavaConsumer(ctx, plan)];
	return Array.from({ length: plan.members }, (_, index) => new GroupMember(ctx, plan, index + 1));
};

/** The traffic process: runs until SIGTERM, then drains and ends; a second SIGTERM ends it at once. */
async function main(dir: string, options: RosterOptions): Promise<void> {
	const state = readState(dir);
	if (!state) throw new Error(`no lab in ${dir}`);
	mkdirSync(trafficFolder(dir), { recursive: true, mode: 0o700 });
	const draining = new AbortController();
	const ending = new AbortController();
	process.on('SIGTERM', () => (draining.signal.aborted ? process.exit(143) : draining.abort()));
	const ctx: TrafficContext = { state, password: await readSecret(dir, 'app'), draining: draining.signal, log };
	const plan = servedBy(state, roster(options));
	const producers = plan.producers.map((one) => makeProducer(ctx, one));
	const members = plan.groups.flatMap((one) => makeMembers(ctx, one));
	const status: TrafficStatus = {
		phase: 'running',
		steady: null,
		clients: [...producers, ...members].map((one) => one.status),
		undrained: [],
	};
	const measure = steadiness(status);
	const report = setInterval(() => {
		measure();
		writeStatus(dir, status);
	}, 250);
	const consuming = members.map((one) => one.run(ending.signal));
	await Promise.all(producers.map((one) => one.run(draining.signal)));
	status.phase = 'draining';
	status.undrained = await drain(plan, ctx, status);
	ending.abort();
	await within(10_000, 'leaving', Promise.all(consuming)).catch((error) => log(String(error)));
	clearInterval(report);
	writeStatus(dir, { ...status, phase: 'stopped' });
	process.exit(0);
}

/** With the estate's own clients, and without the groups that its brokers cannot serve. */
function servedBy(state: LabState, { producers, groups }: Roster): Roster {
	const { groupsWithout, traffic } = estateOf(state);
	return {
		producers: [...producers, ...traffic.producers],
		groups: [...groups.filter(({ group }) => !groupsWithout.includes(group)), ...traffic.groups],
	};
}

/** Keeps `steady` up to date: the rate counts from when every client is active until producers stop. */
function steadiness(status: TrafficStatus): () => void {
	const acked = () => status.clients.reduce((sum, one) => sum + one.acked, 0);
	let from: { at: number; acked: number } | null = null;
	return () => {
		if (from === null && isUp(status)) from = { at: performance.now(), acked: acked() };
		if (from !== null && status.phase === 'running')
			status.steady = { ms: Math.round(performance.now() - from.at), acked: acked() - from.acked };
	};
}

async function drain(
	{ groups }: Roster,
	{ state, log: say }: TrafficContext,
	{ clients }: TrafficStatus,
): Promise<string[]> {
	const admin = await readSecret(state.dir, 'admin');
	const deadline = AbortSignal.timeout(drainMs);
	// A stubborn group is not waited for: where it sits, it may be fenced.
	const waited = groups.filter(({ manner }) => manner !== 'stubborn');
	let late = waited.map(({ group }) => group);
	while (!deadline.aborted) {
		late = await undrained(state, admin, waited, clients);
		if (late.length === 0) break;
		say(`draining: ${late.join(', ')}`);
		await pause(500, deadline);
	}
	return late;
}

// A socket that is cut can surprise either client library; the clients notice by themselves and start again.
process.on('uncaughtException', (error) => log(`uncaught: ${error.stack ?? error}`));
process.on('unhandledRejection', (error) => log(`unhandled: ${error instanceof Error ? error.stack : error}`));

const { values } = parseArgs({
	options: {
		dir: { type: 'string' },
		rate: { type: 'string' },
		stray: { type: 'string' },
		client: { type: 'string', multiple: true },
	},
});
await main(values.dir ?? '', {
	rate: Number(values.rate),
	stray: labAliases.find((alias) => alias === values.stray),
	clients: clientKinds.filter((kind) => values.client?.includes(kind)),
});
