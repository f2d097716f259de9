import { setTimeout as wait } from 'node:timers/promises';
import type { Admin, Message, Producer } from 'kafkajs';
import { asAdmin, labKafka } from '../../src/lab/cluster-setup.ts';
import { connectorNames } from '../../src/lab/connect-config.ts';
import type { LabState } from '../../src/lab/estate.ts';
import { signalProcess, untilGone } from '../../src/lab/processes.ts';
import { startConnect } from '../../src/lab/sides.ts';
import { aged, type Kind, keyOf, kinds, partitions, timeOf } from './topics.ts';

const names = connectorNames('east', 'west');

/** Polls until the condition holds; throws what was waited for after `ms`. */
export async function until(
	what: string,
	ms: number,
	signal: AbortSignal,
	holds: () => Promise<boolean>,
): Promise<void> {
	for (const deadline = performance.now() + ms; !(await holds()); await wait(200, undefined, { signal })) {
		if (performance.now() > deadline) throw new Error(`not within ${ms / 1_000} s: ${what}`);
	}
}

async function connect(state: LabState, method: string, path: string): Promise<string> {
	const url = `${state.sides.west.connect.url}/connectors/${path}`;
	const answer = await fetch(url, { method, signal: AbortSignal.timeout(10_000) });
	const text = await answer.text();
	if (!answer.ok && answer.status !== 404) throw new Error(`${method} ${path}: ${answer.status} ${text}`);
	return text;
}

/** Stops a connector and waits until its tasks are gone. */
async function stop(state: LabState, name: string, signal: AbortSignal): Promise<void> {
	await connect(state, 'PUT', `${name}/stop`);
	const gone = async () =>
		(JSON.parse(await connect(state, 'GET', `${name}/status`)) as { tasks?: unknown[] }).tasks?.length === 0;
	await until(`${name} is stopped`, 60_000, signal, gone);
}

export const stopMirror = (state: LabState, signal: AbortSignal) => stop(state, names.source, signal);
export const stopCheckpoints = (state: LabState, signal: AbortSignal) => stop(state, names.checkpoint, signal);
export const resumeMirror = (state: LabState) => connect(state, 'PUT', `${names.source}/resume`);

/** SIGKILL for the worker that mirrors; it comes back as a service manager would bring it back. */
export async function killWorker(state: LabState, signal: AbortSignal): Promise<void> {
	const { process } = state.sides.west.connect;
	if (!signalProcess(process, 'SIGKILL')) throw new Error('the Connect worker was not there to be killed');
	await untilGone([process]);
	await startConnect(state, 'west', signal);
}

/** Small segments, cleaned at once: compaction that really happens. */
export async function compactSoon(state: LabState): Promise<void> {
	await asAdmin(state, 'east', async (admin: Admin) => {
		const entries = (config: Record<string, string>) =>
			Object.entries(config).map(([name, value]) => ({ name, value }));
		const topic = { 'cleanup.policy': 'compact', 'segment.bytes': '1048576', 'min.cleanable.dirty.ratio': '0.01' };
		const broker = { 'log.cleaner.backoff.ms': '500' };
		await admin.alterConfigs({
			validateOnly: false,
			resources: [
				{ type: 2, name: 'compacted', configEntries: entries(topic) },
				{ type: 4, name: '1', configEntries: entries(broker) },
			],
		});
	});
}

/** Takes the oldest records away, as retention would. */
export async function age(state: LabState): Promise<void> {
	const topic = kinds.find(({ kind }) => kind === 'pre-aged')?.topic ?? '';
	const before = partitions.map((partition) => ({ partition, offset: String(aged) }));
	await asAdmin(state, 'east', async (admin) => {
		await admin.fetchTopicOffsets(topic); // or it does not know the leaders yet
		await admin.deleteTopicRecords({ topic, partitions: before });
	});
}

const batch = 2_000;
/** Records of a transaction; one transaction in five is aborted. */
const inTransaction = 100;

/** Fills all partitions of all kinds, in order, each up to an offset of its source. */
export class Filler {
	/** One each: a kafkajs producer that sends to several topics at once loses sight of some. */
	readonly #producers: ReadonlyMap<Kind, Producer>;
	readonly #signal: AbortSignal;
	/** Next number, and where the log of a partition ends. */
	#number = new Map<Kind, number>(kinds.map(({ kind }) => [kind, 0]));
	#end = new Map<Kind, number>(kinds.map(({ kind }) => [kind, 0]));
	#transactions = 0;

	private constructor(producers: ReadonlyMap<Kind, Producer>, signal: AbortSignal) {
		this.#producers = producers;
		this.#signal = signal;
	}

	static async open(state: LabState, signal: AbortSignal): Promise<Filler> {
		const kafka = await labKafka(state, 'east', 'admin');
		const common = { allowAutoTopicCreation: false, retry: { retries: 8 } };
		const transactional = {
			transactionalId: 'app-accuracy',
			idempotent: true,
			maxInFlightRequests: 1,
			transactionTimeout: 60_000,
		};
		const producers = kinds.map(
			({ kind }) =>
				[kind, kafka.producer(kind === 'transactional' ? { ...common, ...transactional } : common)] as const,
		);
		await Promise.all(producers.map(([, producer]) => producer.connect()));
		return new Filler(new Map(producers), signal);
	}

	/** Up to `to` offsets per partition; `perSecond` offsets a second and partition, or as fast as they go. */
	async fill(to: number, perSecond = Number.POSITIVE_INFINITY): Promise<void> {
		await Promise.all(kinds.map((one) => this.#fillTopic(one, to, perSecond)));
	}

	async #fillTopic({ kind, topic }: (typeof kinds)[number], to: number, perSecond: number): Promise<void> {
		const [begin, from] = [performance.now(), this.#end.get(kind) ?? 0];
		const most = kind === 'transactional' ? inTransaction : Math.min(batch, Math.ceil(perSecond / 10));
		for (let end = from; end < to; end = this.#end.get(kind) ?? to) {
			this.#signal.throwIfAborted();
			const ahead = (end - from) / perSecond - (performance.now() - begin) / 1_000;
			if (ahead > 0) await wait(ahead * 1_000, undefined, { signal: this.#signal });
			const count = Math.min(most, to - end);
			const number = this.#number.get(kind) ?? 0;
			const messages = partitions.flatMap((partition) =>
				Array.from({ length: count }, (_, i) => message(kind, partition, number + i)),
			);
			const producer = this.#producers.get(kind);
			if (!producer) throw new Error(`no producer for ${kind}`);
			if (kind === 'transactional') await this.#transact(producer, topic, messages);
			else await producer.send({ topic, acks: -1, messages });
			this.#number.set(kind, number + count);
			// A transaction ends with a marker in each partition.
			this.#end.set(kind, end + count + (kind === 'transactional' ? 1 : 0));
		}
	}

	async #transact(producer: Producer, topic: string, messages: Message[]): Promise<void> {
		const transaction = await producer.transaction();
		await transaction.send({ topic, acks: -1, messages });
		if (++this.#transactions % 5 === 0) await transaction.abort();
		else await transaction.commit();
	}

	async close(): Promise<void> {
		await Promise.allSettled([...this.#producers.values()].map((producer) => producer.disconnect()));
	}
}

/** The value is the record's identity, in the form the lab's ledger reads. */
const message = (kind: Kind, partition: number, number: number): Message & { partition: number } => ({
	partition,
	key: keyOf(kind, number),
	value: `${partition}.${number}`,
	timestamp: String(timeOf(kind, number)),
});
