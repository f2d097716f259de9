import type { Clock } from '../../src/ports/clock.ts';

/** Time that passes only while something waits: `wait` advances it at once and lets the world live through it. */
export class FakeClock implements Clock {
	#now: number;
	/** How far the wall clock was set away from where it would be. */
	#jumped = 0;
	readonly #listeners: (() => void)[] = [];

	constructor(start = Date.UTC(2026, 0, 10, 3, 0, 0)) {
		this.#now = start;
	}

	now(): number {
		return this.#now + this.#jumped;
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

	/** Somebody sets the wall clock; no time passes. */
	jump(ms: number): void {
		this.#jumped += ms;
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
