import type { Message } from 'kafkajs';
import { identityHeader } from '../ledger/identity.ts';
import type { ProducerPlan } from './roster.ts';

export interface Outgoing {
	id: string;
	seq: number;
	partition: number;
	key: string;
	message: Message;
}

/** A producer's records in order. Ids are never used twice: `seq` starts at the time, in µs, so that it rises over all runs. */
export class RecordSource {
	readonly #plan: ProducerPlan;
	#seq = Date.now() * 1000;
	#count = 0;

	constructor(plan: ProducerPlan) {
		this.#plan = plan;
	}

	/** The next `count` records, by partition. */
	take(count: number): Map<number, Outgoing[]> {
		return Map.groupBy(
			Array.from({ length: count }, () => this.#next()),
			({ partition }) => partition,
		);
	}

	#next(): Outgoing {
		const { client, partitions, keys, tombstones } = this.#plan;
		const count = this.#count++;
		const seq = ++this.#seq;
		const id = `${client}.${seq}`;
		const partition = count % partitions;
		const key = `${client}-${partition}-${Math.floor(count / partitions) % keys}`;
		const tombstone = tombstones > 0 && count % tombstones === tombstones - 1;
		// Padding as long as a small business event; it repeats, as such events do.
		const value = tombstone ? null : `${id} ${'payload '.repeat(12)}`;
		return {
			id,
			seq,
			partition,
			key,
			message: { key, value, partition, headers: { [identityHeader]: id, source: client } },
		};
	}
}

/** How many records are due, for a steady rate that does not catch up after an outage. */
export class Pace {
	readonly #perMs: number;
	readonly #most: number;
	#due = 0;
	#last = performance.now();

	constructor(perSecond: number) {
		this.#perMs = perSecond / 1000;
		this.#most = perSecond;
	}

	due(): number {
		const now = performance.now();
		this.#due = Math.min(this.#most, this.#due + (now - this.#last) * this.#perMs);
		this.#last = now;
		const whole = Math.floor(this.#due);
		this.#due -= whole;
		return whole;
	}
}
