/** Connections to a broker that writes go over: a broker serves one request per connection at a time. */
const lanes = 8;
/** Requests on their way over one connection at most: they hide the way there and back, and the last still has its answer in time. */
export const perLane = 64;
const beforeNext = 4;

/**
 * Requests on their way to one broker: bounded, and fewer while it throttles (KIP-219: half as many, none before the time it asked for; one
 * more with every answer since). Work waits for its turn, so a deadline that begins in it is not used up by waiting.
 */
export class Flow {
	/** How many are on their way, by lane. */
	readonly #busy: number[] = Array.from({ length: lanes }, () => 0);
	readonly #waiting: (() => void)[] = [];
	#limit = lanes * perLane;
	#restUntil = 0;

	/** Runs the work in a lane, a number below 8. Its answer may say for how long the broker wants rest, ms. */
	async run<T extends { throttleTimeMs?: number }>(work: (lane: number) => Promise<T>): Promise<T> {
		while (this.#open >= this.#limit) await new Promise<void>((resolve) => this.#waiting.push(resolve));
		const lane = this.#lane();
		this.#take(lane, 1);
		try {
			for (let rest = this.#rest; rest > 0; rest = this.#rest)
				await new Promise((resolve) => setTimeout(resolve, rest));
			const answer = await work(lane);
			this.#heed(answer.throttleTimeMs ?? 0);
			return answer;
		} finally {
			this.#take(lane, -1);
			for (let free = this.#limit - this.#open; free > 0 && this.#waiting.length > 0; free--) this.#waiting.shift()?.();
		}
	}

	/** A few share a lane before another is opened: to connect and log in takes as long as three of them. */
	#lane(): number {
		const roomy = this.#busy.findIndex((n) => n < beforeNext);
		return roomy < 0 ? this.#busy.indexOf(Math.min(...this.#busy)) : roomy;
	}

	get #open(): number {
		return this.#busy.reduce((sum, n) => sum + n, 0);
	}

	get #rest(): number {
		return this.#restUntil - performance.now();
	}

	#take(lane: number, by: number): void {
		this.#busy[lane] = (this.#busy[lane] ?? 0) + by;
	}

	#heed(throttleMs: number): void {
		if (throttleMs <= 0) {
			this.#limit = Math.min(this.#limit + 1, lanes * perLane);
			return;
		}
		// Answers that were on their way together are one word, not many.
		if (this.#rest <= 0) this.#limit = Math.max(1, Math.floor(this.#limit / 2));
		this.#restUntil = Math.max(this.#restUntil, performance.now() + throttleMs);
	}
}
