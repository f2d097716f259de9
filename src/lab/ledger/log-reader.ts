import { Admin, Connection, fetchV17 } from '@platformatic/kafka';
import type { TopicPartition } from '../../domain/kafka/partition.ts';
import type { LabSide } from '../estate.ts';
import type { LogDump } from './history.ts';
import { LogScan } from './log-scan.ts';

type Metadata = Awaited<ReturnType<Admin['metadata']>>;

const times = { connectTimeout: 3_000, requestTimeout: 10_000 };
const wholeLog = { maxWaitMs: 500, minBytes: 1, maxBytes: 8 * 1024 * 1024 };
const uncommitted = 0;

/**
 * Reads whole partitions of one side without a group. The ledger's own, on purpose: what judges kdr must not share the
 * adapters kdr reads with.
 */
export class LogReader {
	readonly #admin: Admin;
	readonly #password: string;
	readonly #connections = new Map<number, Connection>();
	#metadata: Metadata | null = null;

	constructor(side: LabSide, password: string) {
		this.#password = password;
		const bootstrapBrokers = side.brokers.map(({ host, port }) => ({ host, port }));
		this.#admin = new Admin({
			clientId: 'ledger',
			bootstrapBrokers,
			sasl: this.#sasl(),
			timeout: 5_000,
			retries: 2,
			...times,
		});
	}

	/** Partitions of those of the topics which exist there. */
	async partitions(topics: readonly string[]): Promise<{ cluster: string; partitions: TopicPartition[] }> {
		const existing = await this.#admin.listTopics();
		const wanted = topics.filter((topic) => existing.includes(topic));
		this.#metadata = await this.#admin.metadata({ topics: wanted, forceUpdate: true });
		const partitions = wanted.flatMap((topic) => {
			const { partitionsCount = 0 } = this.#metadata?.topics.get(topic) ?? {};
			return Array.from({ length: partitionsCount }, (_, partition) => ({ topic, partition }));
		});
		return { cluster: this.#metadata.id, partitions };
	}

	/** All records from `from` to the end as it is when asked first. Call `partitions` before. */
	async read({ topic, partition }: TopicPartition, from = 0n): Promise<LogDump> {
		const scan = new LogScan();
		let at = from;
		let logStart = 0n;
		let end: bigint | null = null;
		do {
			const answer = await this.#fetch({ topic, partition }, at);
			end ??= answer.highWatermark;
			logStart = answer.logStartOffset;
			for (const batch of answer.records ?? []) {
				scan.add(batch);
				at = batch.firstOffset + BigInt(batch.lastOffsetDelta) + 1n;
			}
			if (at < logStart) at = logStart;
		} while (at < end);
		return { logStart, records: scan.records.filter(({ offset }) => offset >= from) };
	}

	async #fetch({ topic, partition }: TopicPartition, fetchOffset: bigint) {
		const metadata = this.#metadata?.topics.get(topic);
		const leader = metadata?.partitions[partition]?.leader;
		if (!metadata || leader === undefined) throw new Error(`${topic}-${partition} has no leader`);
		const { maxWaitMs, minBytes, maxBytes } = wholeLog;
		const wanted = {
			partition,
			currentLeaderEpoch: -1,
			fetchOffset,
			lastFetchedEpoch: -1,
			partitionMaxBytes: maxBytes,
		};
		const topics = [{ topicId: metadata.id, partitions: [wanted] }];
		// Session 0, epoch -1: a full fetch outside any fetch session.
		const connection = await this.#connection(leader);
		const response = await fetchV17.api.async(
			connection,
			maxWaitMs,
			minBytes,
			maxBytes,
			uncommitted,
			0,
			-1,
			topics,
			[],
			'',
		);
		const answer = response.responses[0]?.partitions[0];
		if (!answer) throw new Error(`no answer for ${topic}-${partition}`);
		return answer;
	}

	async #connection(node: number): Promise<Connection> {
		const known = this.#connections.get(node);
		if (known?.isConnected()) return known;
		const broker = this.#metadata?.brokers.get(node);
		if (!broker) throw new Error(`broker ${node} is not in the metadata`);
		const connection = new Connection('ledger', { sasl: this.#sasl(), ...times });
		connection.on('error', () => {}); // also rejects the call that was under way
		await connection.connect(broker.host, broker.port);
		this.#connections.set(node, connection);
		return connection;
	}

	#sasl() {
		return { mechanism: 'SCRAM-SHA-256' as const, username: 'admin', password: this.#password };
	}

	async close(): Promise<void> {
		await Promise.allSettled([
			this.#admin.close(),
			...[...this.#connections.values()].map((connection) => connection.close()),
		]);
	}
}
