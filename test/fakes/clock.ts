import type { Clock } from '../../src/ports/clock.ts';

/** Time that stands still until something waits: `wait` moves it on at once and lets the world live through it. */
export class FakeClock implements Clock {
	#now: number;
	readonly #listeners: (() => void)[] = [];

	constructor(start = Date.UTC(2026, 0, 10, 3, 0, 0)) {
		this.#now = start;
	}

	now(): number {
		return this.#now;
	}

	monotonic(): number {
		return this.#now;
	}

	async wait(ms: number, signal?: AbortSignal): Promise<void> {
		signal?.throwIfAborted();
		this.advance(ms);
		await Promise.resolve();
		signal?.throwIfAborted();
	}

	advance(ms: number): void {
		this.#now += ms;
		for (const listener of this.#listeners) listener();
	}

	/** Called after every move of time. */
	onAdvance(listener: () => void): void {
		this.#listeners.push(listener);
	}
}
