import { KdrError } from '../../domain/errors/kdr-error.ts';
import { partitionKey, type TopicPartition } from '../../domain/kafka/partition.ts';
import type { NewRecord, RecordWriter } from '../../ports/record-writer.ts';
import { outcomeUnknown } from '../kafka-side/broker-errors.ts';
import { type BrokerAnswer, fanOutByBroker } from './fan-out-by-broker.ts';
import type { Leaders } from './leaders.ts';
import type { Endpoint, Wire } from './wire.ts';

const allInSync = -1;
const silent: ReadonlySet<string> = new Set(['KDR_TIMEOUT', 'KDR_CLUSTER_UNREACHABLE']);

export class PlatformaticRecordWriter implements RecordWriter {
	readonly #wire: Wire;
	readonly #leaders: Leaders;

	constructor(wire: Wire, leaders: Leaders) {
		this.#wire = wire;
		this.#leaders = leaders;
	}

	async append(at: TopicPartition, records: readonly NewRecord[]): Promise<void> {
		if (records.length === 0) return;
		const doing = `write to ${at.topic}-${at.partition}`;
		const key = partitionKey(at.topic, at.partition);
		// Set before the request goes out: an error after that moment leaves open what happened, and the batch is not sent again.
		const sent: { doubt: unknown } = { doubt: null };
		const answers = await fanOutByBroker<null>(this.#wire, [key], {
			doing,
			locate: (_, fresh, deadline) => this.#leaders.locate([at], fresh, deadline),
			ask: async (to, _, deadline) => {
				if (sent.doubt !== null) throw sent.doubt;
				return new Map([[key, await this.#produce(to, at, { records, doing, deadline, sent })]]);
			},
		});
		if (sent.doubt !== null) throw outcomeUnknown(this.#wire.where, doing, sent.doubt);
		const item = answers.get(key);
		if (!item) throw new KdrError('KDR_BUG', `no answer kept for ${key}`);
		if (!item.ok) throw item.error;
	}

	async #produce(
		to: Endpoint,
		{ topic, partition }: TopicPartition,
		{
			records,
			doing,
			deadline,
			sent,
		}: { records: readonly NewRecord[]; doing: string; deadline: number; sent: { doubt: unknown } },
	): Promise<BrokerAnswer<null>> {
		const { produce } = await this.#wire.requests();
		const connection = await this.#wire.connection(to, doing, deadline);
		// A Map by buffer keeps headers in order, repeated names too. The library's types leave out null, its encoding does not.
		const messages = records.map(({ key, value, headers, timestamp }) => ({
			topic,
			partition,
			timestamp,
			key: key as Buffer,
			value: value as Buffer,
			headers: new Map(headers.map(([name, content]) => [Buffer.from(name), content as Buffer] as const)),
		}));
		try {
			const answer = await this.#wire.send(
				connection,
				produce,
				[allInSync, this.#wire.timeoutMs, messages],
				doing,
				deadline,
			);
			const code = typeof answer === 'boolean' ? -1 : (answer.responses[0]?.partitionResponses[0]?.errorCode ?? -1);
			return code === 0 ? { value: null } : { code };
		} catch (thrown) {
			if (thrown instanceof KdrError && silent.has(thrown.code)) sent.doubt = thrown;
			throw thrown;
		}
	}
}
