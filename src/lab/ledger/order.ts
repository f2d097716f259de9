import type { Produced } from './produced.ts';

/**
 * Counts where a producer's order is broken: an id, seen for the first time, that its producer sent before the id seen
 * last from it. Two neighbours swapped count once. Feed it one partition's ids in order.
 */
export class OrderCheck {
	readonly #produced: ReadonlyMap<string, Produced>;
	readonly #seen = new Set<string>();
	readonly #last = new Map<string, number>();
	broken = 0;

	constructor(produced: ReadonlyMap<string, Produced>) {
		this.#produced = produced;
	}

	add(id: string): void {
		if (this.#seen.has(id)) return;
		this.#seen.add(id);
		const sent = this.#produced.get(id);
		if (!sent) return;
		const last = this.#last.get(sent.client);
		if (last !== undefined && sent.seq < last) this.broken++;
		this.#last.set(sent.client, sent.seq);
	}
}
