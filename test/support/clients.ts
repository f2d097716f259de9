import { observedSide } from '../../src/domain/dns/flip.ts';
import type { TopicPartition } from '../../src/domain/kafka/partition.ts';
import type { FakeKafka, FakeTransaction } from '../fakes/kafka.ts';
import { at, type Estate, link } from './estate.ts';

export interface ConsumerSpec {
	group: string;
	/** Records per partition and tick; 0: it never reads on. */
	rate: number;
	type?: 'classic' | 'consumer';
}

interface Consumer extends ConsumerSpec {
	side: string;
	memberId: string;
}

/** Numbers between 0 and 1 from a seed: mulberry32. */
export function random(seed: number): () => number {
	let state = seed >>> 0;
	return () => {
		state = (state + 0x6d2b79f5) >>> 0;
		let mixed = Math.imul(state ^ (state >>> 15), state | 1);
		mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
		return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
	};
}

/**
 * Applications that find their cluster by the record, stay there until it throws them out, and write down themselves what
 * they wrote and what they processed. They know nothing of kdr.
 */
export class Clients {
	/** Acknowledged records, aborted ones not among them. */
	readonly acked: string[] = [];
	/** What each group has processed, in order. */
	readonly processed = new Map<string, string[]>();
	readonly consumers: Consumer[];
	/** False ends the producing. */
	producing = true;
	readonly #here: Estate;
	readonly #random: () => number;
	#producerSide: string;
	#transaction: { of: FakeTransaction; ids: string[] } | null = null;
	#ids = 0;

	constructor(here: Estate, consumers: readonly ConsumerSpec[], seed: number) {
		this.#here = here;
		this.#random = random(seed);
		this.#producerSide = this.named();
		this.consumers = consumers.map((spec) => ({ ...spec, side: this.named(), memberId: `${spec.group}-1` }));
		for (const consumer of this.consumers) this.#join(consumer);
		here.world.clock.onAdvance(() => this.tick());
	}

	/** The side the record names now. */
	named(): string {
		const record = this.#here.dns.written.at(-1);
		return record ? (observedSide(record, link.dns.values) ?? 'east') : 'east';
	}

	tick(): void {
		if (this.producing) this.#write();
		else this.#transaction = this.#settle(this.#transaction, 'commit');
		for (const consumer of this.consumers) this.#consume(consumer);
	}

	#kafka(side: string): FakeKafka {
		return side === 'east' ? this.#here.east : this.#here.west;
	}

	#write(): void {
		const kafka = this.#kafka(this.#producerSide);
		try {
			for (let n = Math.floor(this.#random() * 4); n > 0; n--) this.#writeOne(kafka);
			this.#transact(kafka);
		} catch {
			this.#transaction = this.#settle(this.#transaction, 'abort');
			this.#producerSide = this.named();
		}
	}

	#writeOne(kafka: FakeKafka): void {
		const id = `id${++this.#ids}`;
		kafka.produce('User:app', 'orders', Math.floor(this.#random() * 2), { key: 'k', value: id });
		this.acked.push(id);
	}

	#transact(kafka: FakeKafka): void {
		const dice = this.#random();
		if (this.#transaction && dice < 0.4)
			this.#transaction = this.#settle(this.#transaction, dice < 0.2 ? 'abort' : 'commit');
		if (!this.#transaction && dice > 0.6) this.#transaction = { of: kafka.transaction('User:app'), ids: [] };
		if (!this.#transaction) return;
		const id = `id${++this.#ids}`;
		this.#transaction.of.produce('orders', Math.floor(this.#random() * 2), { key: 't', value: id });
		this.#transaction.ids.push(id);
	}

	#settle(transaction: { of: FakeTransaction; ids: string[] } | null, how: 'commit' | 'abort'): null {
		transaction?.of[how]();
		if (transaction && how === 'commit') this.acked.push(...transaction.ids);
		return null;
	}

	#join({ side, group, memberId, type }: Consumer): void {
		this.#kafka(side).join(group, { memberId, topics: ['orders'] }, type ?? 'classic');
	}

	#consume(consumer: Consumer): void {
		const { side, group, memberId, rate } = consumer;
		const kafka = this.#kafka(side);
		if (!kafka.group(group).present.has(memberId)) {
			const named = this.named();
			if (named === side) return;
			kafka.leave(group, memberId);
			consumer.side = named;
			this.#join(consumer);
			return;
		}
		for (const partition of [0, 1]) this.#read(kafka, group, at(partition), rate);
	}

	/** Processes, then commits: past the last record, or past markers too when there is nothing else to read. */
	#read(kafka: FakeKafka, group: string, where: TopicPartition, rate: number): void {
		const position = kafka.group(group).committed.get(where)?.offset ?? kafka.log(where).edges().logStart;
		const done = this.processed.get(group) ?? [];
		this.processed.set(group, done);
		const records = [...kafka.fetch('User:app', where, position)];
		const read = records.slice(0, rate);
		done.push(...read.map(({ value }) => String(value)));
		const last = read.at(-1);
		const { lastStable } = kafka.log(where).edges();
		const next =
			read.length === records.length && this.#random() < 0.5 ? lastStable : last ? last.offset + 1n : position;
		if (rate > 0 && next > position) kafka.commitAs(group, where, next);
	}

	/** What is on one side, by id, as a committed reader sees it. */
	contents(side: string): string[] {
		return [0, 1].flatMap((partition) =>
			[...this.#kafka(side).log(at(partition)).read(0n, 1_000_000n, 'committed')].map(({ value }) => String(value)),
		);
	}

	/** Records a group never processed, and how many it processed again. */
	verdict(group: string): { skipped: string[]; again: number } {
		const done = this.processed.get(group) ?? [];
		const unique = new Set(done);
		return { skipped: this.acked.filter((id) => !unique.has(id)), again: done.length - unique.size };
	}
}
