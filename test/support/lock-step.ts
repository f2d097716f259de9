import { setImmediate } from 'node:timers/promises';
import type { Traffic } from '../../src/adapters/platformatic/wire.ts';

/** Turns of the event loop in which whoever got an answer may send its next request. */
const turns = 20;

/**
 * Counts requests, and how many of them must wait for one another: answers are held until every request on its way has its own, then
 * let go together. So every round trip takes as long as any other, whatever the brokers' speed, and rounds are distinct.
 */
export class LockStep {
	/** The names of the requests of each round. */
	readonly rounds: string[][] = [];
	#sent: string[] = [];
	#open = 0;
	#held: (() => void)[] = [];

	readonly traffic: Traffic = async (request, send) => {
		this.#open++;
		this.#sent.push(request);
		const [answer] = await Promise.allSettled([send()]);
		await new Promise<void>((go) => {
			this.#held.push(go);
			void this.#release();
		});
		this.#open--;
		if (answer.status === 'rejected') throw answer.reason;
		return answer.value;
	};

	/** Requests by name. */
	get requests(): Record<string, number> {
		return Object.fromEntries(
			[...Map.groupBy(this.rounds.flat(), (name) => name)].map(([name, all]) => [name, all.length]),
		);
	}

	/** Rounds with anything in them but this request. */
	roundsWithout(request: string): number {
		return this.rounds.filter((names) => names.some((name) => name !== request)).length;
	}

	async #release(): Promise<void> {
		for (let turn = 0; turn < turns; turn++) {
			if (this.#held.length < this.#open) return;
			await setImmediate();
		}
		if (this.#held.length < this.#open || this.#held.length === 0) return;
		this.rounds.push(this.#sent);
		const held = this.#held;
		[this.#sent, this.#held] = [[], []];
		for (const go of held) go();
	}
}
