/**
 * A few numbered lanes; work waits until one is free. Brokers serve one request per connection at a time and a commit takes
 * some 10 ms there, so each lane has connections of its own; and a deadline that begins in a lane is not used up by waiting for one.
 */
export class Lanes {
	readonly #free: number[];
	readonly #waiting: ((lane: number) => void)[] = [];

	constructor(count: number) {
		this.#free = Array.from({ length: count }, (_, lane) => lane);
	}

	async run<T>(work: (lane: number) => Promise<T>): Promise<T> {
		const lane = this.#free.shift() ?? (await new Promise<number>((resolve) => this.#waiting.push(resolve)));
		try {
			return await work(lane);
		} finally {
			const next = this.#waiting.shift();
			if (next) next(lane);
			else this.#free.unshift(lane);
		}
	}
}
