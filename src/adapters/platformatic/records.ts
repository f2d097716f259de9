import { max, min } from '../../domain/bigint.ts';
import { KdrError } from '../../domain/errors/kdr-error.ts';
import { bad, good, type Item } from '../../domain/item.ts';
import { PartitionMap, partitionKey, type TopicPartition } from '../../domain/kafka/partition.ts';
import type { ActiveProducer, KafkaRecord, LogEdges, ReadOptions, Records } from '../../ports/records.ts';
import { pause } from '../kafka-side/deadline.ts';
import { batchEnd, dataRecords, type FetchedLog } from './batches.ts';
import { type BrokerAnswer, fanOutByBroker } from './fan-out-by-broker.ts';
import type { Leaders } from './leaders.ts';
import type { Endpoint, Wire } from './wire.ts';

/** ListOffsets' names for the ends of a log. */
const latest = -1n;
const earliest = -2n;
const offsetOutOfRange = 1;
/** First window of a backward scan, in offsets; it grows eightfold. */
const firstWindow = 32n;
/** Partitions scanned at once; brokers serve one request per connection at a time anyway. */
const scansAtOnce = 16;

/** What ListOffsets gives for one time; −1 for both where there is none. */
interface Listed {
	offset: bigint;
	timestamp: bigint;
}

interface Fetched extends FetchedLog {
	code: number;
	end: bigint;
	lastStable: bigint;
}

export class PlatformaticRecords implements Records {
	readonly #wire: Wire;
	readonly #leaders: Leaders;

	constructor(wire: Wire, leaders: Leaders) {
		this.#wire = wire;
		this.#leaders = leaders;
	}

	async edges(partitions: readonly TopicPartition[]): Promise<PartitionMap<Item<LogEdges>>> {
		return this.#perPartition(partitions, 'read log ends', async (to, share, deadline) => {
			const wanted = (at: bigint) => share.map((where) => [where, at] as const);
			// In this order on one connection, so that lastStable ≤ end holds in what is given out.
			const [start, stable, end] = await Promise.all([
				this.#listOffsets(to, wanted(earliest), 0, deadline),
				this.#listOffsets(to, wanted(latest), 1, deadline),
				this.#listOffsets(to, wanted(latest), 0, deadline),
			]);
			return new Map([...end].map(([key, last]) => [key, joinEdges(start.get(key), stable.get(key), last)]));
		});
	}

	async sizes(partitions: readonly TopicPartition[]): Promise<PartitionMap<Item<bigint>>> {
		const doing = 'read the sizes of logs';
		return this.#perPartition(partitions, doing, async (to, share, deadline) => {
			const byTopic = Map.groupBy(share, ({ topic }) => topic);
			const topics = [...byTopic].map(([name, asked]) => ({
				name,
				partitions: asked.map(({ partition }) => partition),
			}));
			const { describeLogDirs } = await this.#wire.requests();
			const { errorCode, results } = await this.#wire.ask(to, describeLogDirs, [topics], doing, deadline);
			const answers = new Map<string, BrokerAnswer<bigint>>();
			if (errorCode !== 0)
				for (const { topic, partition } of share) answers.set(partitionKey(topic, partition), { code: errorCode });
			for (const { name, partitions: sized } of results.flatMap((folder) => folder.topics))
				for (const { partitionIndex, partitionSize, isFutureKey } of sized)
					if (!isFutureKey) answers.set(partitionKey(name, partitionIndex), { value: partitionSize });
			return answers;
		});
	}

	async offsetsAt(wanted: PartitionMap<bigint>): Promise<PartitionMap<Item<bigint | null>>> {
		return this.#perPartition([...wanted.keys()], 'look up offsets by time', async (to, share, deadline) => {
			const asked = share.map((where) => [where, wanted.get(where) ?? 0n] as const);
			return mapAnswers(await this.#listOffsets(to, asked, 0, deadline), ({ offset }) => (offset < 0n ? null : offset));
		});
	}

	async firstTimes(partitions: readonly TopicPartition[]): Promise<PartitionMap<Item<bigint | null>>> {
		return this.#perPartition(partitions, 'look up the time of first records', async (to, share, deadline) => {
			const asked = share.map((where) => [where, 0n] as const);
			const found = await this.#listOffsets(to, asked, 0, deadline);
			return mapAnswers(found, ({ offset, timestamp }) => (offset < 0n ? null : timestamp));
		});
	}

	async *read(at: TopicPartition, from: bigint, to: bigint, options: ReadOptions): AsyncIterable<KafkaRecord> {
		const committed = options.isolation === 'committed';
		let position = from;
		let idleSince = performance.now();
		while (position < to) {
			const log = await this.#fetch(at, position, options);
			if (log.code === offsetOutOfRange) {
				position = await this.#skipDeleted(at, position);
				continue;
			}
			const limit = min(to, committed ? log.lastStable : log.end);
			yield* dataRecords(at.topic, at.partition, log, { from: position, to: limit, committed });
			const last = log.batches.at(-1);
			// By batch, not by record: on compacted logs all surviving records of a batch may lie below the offset asked for.
			if (last && batchEnd(last) > position) {
				position = batchEnd(last);
				idleSince = performance.now();
				if (position < limit) continue;
			}
			if (position >= limit) return;
			if (performance.now() - idleSince > this.#wire.timeoutMs) {
				throw new KdrError(
					'KDR_TIMEOUT',
					`${this.#wire.where.alias}: ${at.topic}-${at.partition} returned nothing at offset ${position}`,
				);
			}
			await pause(20);
		}
	}

	async producers(partitions: readonly TopicPartition[]): Promise<PartitionMap<Item<ActiveProducer[]>>> {
		const doing = 'see who writes';
		return this.#perPartition(partitions, doing, async (to, share, deadline) => {
			const byTopic = Map.groupBy(share, ({ topic }) => topic);
			const topics = [...byTopic].map(([name, asked]) => ({
				name,
				partitionIndexes: asked.map(({ partition }) => partition),
			}));
			const { describeProducers } = await this.#wire.requests();
			const answer = await this.#wire.ask(to, describeProducers, [topics], doing, deadline);
			const answers = new Map<string, BrokerAnswer<ActiveProducer[]>>();
			for (const { name, partitions: described } of answer.topics) {
				for (const { partitionIndex, errorCode, activeProducers } of described) {
					const value = activeProducers.map(
						({ producerId, lastSequence, lastTimestamp, currentTxnStartOffset: open }) => ({
							producerId,
							lastSequence,
							lastTimestamp,
							openFrom: open < 0n ? null : open,
						}),
					);
					answers.set(partitionKey(name, partitionIndex), errorCode === 0 ? { value } : { code: errorCode });
				}
			}
			return answers;
		});
	}

	async last(ends: PartitionMap<bigint>, options: ReadOptions): Promise<PartitionMap<Item<KafkaRecord | null>>> {
		const edges = await this.edges([...ends.keys()]);
		const found = new PartitionMap<Item<KafkaRecord | null>>();
		const open = [...ends];
		const scan = async (): Promise<void> => {
			for (let next = open.shift(); next; next = open.shift()) {
				const [at, end] = next;
				const edge = edges.get(at);
				if (edge?.ok) found.set(at, await this.#lastBefore(at, edge.value, end, options));
				else if (edge) found.set(at, edge);
			}
		};
		await Promise.all(Array.from({ length: Math.min(scansAtOnce, open.length) }, scan));
		return found;
	}

	async #lastBefore(
		at: TopicPartition,
		edges: LogEdges,
		end: bigint,
		options: ReadOptions,
	): Promise<Item<KafkaRecord | null>> {
		try {
			const readable = options.isolation === 'committed' ? edges.lastStable : edges.end;
			let to = min(end, readable);
			for (let window = firstWindow; to > edges.logStart; window *= 8n) {
				const from = max(to - window, edges.logStart);
				let newest: KafkaRecord | null = null;
				for await (const record of this.read(at, from, to, options)) newest = record;
				if (newest) return good(detached(newest));
				to = from;
			}
			return good(null);
		} catch (thrown) {
			if (thrown instanceof KdrError) return bad(thrown);
			throw thrown;
		}
	}

	/** Where reading continues when retention has deleted what was asked for. */
	async #skipDeleted(at: TopicPartition, position: bigint): Promise<bigint> {
		const edges = (await this.edges([at])).get(at);
		if (edges && !edges.ok) throw edges.error;
		if (edges && position < edges.value.logStart) return edges.value.logStart;
		throw new KdrError(
			'KDR_KAFKA_ERROR',
			`${this.#wire.where.alias}: offset ${position} of ${at.topic}-${at.partition} is beyond the end of the log`,
			{ hint: 'the topic was truncated or deleted and created again' },
		);
	}

	async #fetch(at: TopicPartition, position: bigint, options: ReadOptions): Promise<Fetched> {
		const doing = `read ${at.topic}-${at.partition} at offset ${position}`;
		const maxBytes = options.maxBytes ?? 1_048_576;
		const { fetch } = await this.#wire.requests();
		const key = partitionKey(at.topic, at.partition);
		const answers = await fanOutByBroker<Fetched>(this.#wire, [key], {
			doing,
			locate: (_, fresh, deadline) => this.#leaders.locate([at], fresh, deadline),
			ask: async (to, _, deadline) => {
				const partition = {
					partition: at.partition,
					currentLeaderEpoch: -1,
					fetchOffset: position,
					lastFetchedEpoch: -1,
					partitionMaxBytes: maxBytes,
				};
				const topics = [{ topicId: this.#leaders.id(at.topic) ?? '', partitions: [partition] }];
				const isolation = options.isolation === 'committed' ? 1 : 0;
				const answer = await this.#wire.ask(
					to,
					fetch,
					[100, 1, maxBytes, isolation, 0, -1, topics, [], ''],
					doing,
					deadline,
				);
				return new Map([[key, fetchedLog(answer)]]);
			},
		});
		const item = answers.get(key);
		if (!item) throw new KdrError('KDR_BUG', `no answer kept for ${key}`);
		if (!item.ok) throw item.error;
		return item.value;
	}

	async #listOffsets(
		to: Endpoint,
		wanted: readonly (readonly [TopicPartition, bigint])[],
		isolation: 0 | 1,
		deadline: number,
	): Promise<Map<string, BrokerAnswer<Listed>>> {
		const byTopic = Map.groupBy(wanted, ([{ topic }]) => topic);
		const topics = [...byTopic].map(([name, asked]) => ({
			name,
			partitions: asked.map(([{ partition }, timestamp]) => ({
				partitionIndex: partition,
				currentLeaderEpoch: -1,
				timestamp,
			})),
		}));
		const { listOffsets } = await this.#wire.requests();
		const answer = await this.#wire.ask(to, listOffsets, [-1, isolation, topics], 'read log ends', deadline);
		const answers = new Map<string, BrokerAnswer<Listed>>();
		for (const { name, partitions } of answer.topics) {
			for (const { partitionIndex, errorCode, offset, timestamp } of partitions) {
				const value = { offset, timestamp };
				answers.set(partitionKey(name, partitionIndex), errorCode === 0 ? { value } : { code: errorCode });
			}
		}
		return answers;
	}

	async #perPartition<T>(
		partitions: readonly TopicPartition[],
		doing: string,
		ask: (to: Endpoint, share: TopicPartition[], deadline: number) => Promise<Map<string, BrokerAnswer<T>>>,
	): Promise<PartitionMap<Item<T>>> {
		const byKey = new Map(partitions.map((at) => [partitionKey(at.topic, at.partition), at]));
		const named = (keys: readonly string[]): TopicPartition[] => keys.flatMap((key) => byKey.get(key) ?? []);
		const answers = await fanOutByBroker<T>(this.#wire, [...byKey.keys()], {
			doing,
			locate: (keys, fresh, deadline) => this.#leaders.locate(named(keys), fresh, deadline),
			ask: (to, keys, deadline) => ask(to, named(keys), deadline),
		});
		const out = new PartitionMap<Item<T>>();
		for (const [key, at] of byKey) {
			const item = answers.get(key);
			if (item) out.set(at, item);
		}
		return out;
	}
}

/** A record that keeps nothing else of the answer it came in: of thousands of partitions those would be gigabytes. */
const detached = (record: KafkaRecord): KafkaRecord => ({
	...record,
	key: record.key && Buffer.from(record.key),
	value: record.value && Buffer.from(record.value),
	headers: record.headers.map(([name, value]) => [Buffer.from(name), value && Buffer.from(value)] as const),
});

const mapAnswers = <T, R>(
	answers: ReadonlyMap<string, BrokerAnswer<T>>,
	work: (value: T) => R,
): Map<string, BrokerAnswer<R>> =>
	new Map([...answers].map(([key, answer]) => [key, 'value' in answer ? { value: work(answer.value) } : answer]));

function joinEdges(
	start: BrokerAnswer<Listed> | undefined,
	stable: BrokerAnswer<Listed> | undefined,
	end: BrokerAnswer<Listed>,
): BrokerAnswer<LogEdges> {
	for (const answer of [start, stable, end]) if (answer && 'code' in answer) return answer;
	if (!start || !stable || !('value' in start) || !('value' in stable) || !('value' in end)) return { code: -1 };
	return { value: { logStart: start.value.offset, lastStable: stable.value.offset, end: end.value.offset } };
}

interface FetchAnswer {
	errorCode: number;
	responses: {
		partitions: {
			errorCode: number;
			highWatermark: bigint;
			lastStableOffset: bigint;
			abortedTransactions: FetchedLog['aborted'] | null;
			records?: FetchedLog['batches'] | null;
		}[];
	}[];
}

function fetchedLog(answer: FetchAnswer): BrokerAnswer<Fetched> {
	if (answer.errorCode !== 0) return { code: answer.errorCode };
	const partition = answer.responses[0]?.partitions[0];
	if (!partition) return { code: 100 };
	const { errorCode, highWatermark, lastStableOffset, abortedTransactions, records } = partition;
	if (errorCode !== 0 && errorCode !== offsetOutOfRange) return { code: errorCode };
	const batches = records ?? [];
	// The library decodes only the current format; older ones (before Kafka 0.11) would come out as noise.
	if (batches.some((batch) => batch.magic !== 2)) return { code: 43 };
	return {
		value: {
			code: errorCode,
			end: highWatermark,
			lastStable: lastStableOffset,
			aborted: abortedTransactions ?? [],
			batches,
		},
	};
}
