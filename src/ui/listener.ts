import type { EngineEvent } from '../domain/run/engine-event.ts';

export interface RunListener {
	hear(event: EngineEvent): void;
	/** Stops timers and gives the terminal back; safe to repeat. */
	close(): void;
}

/** What a listener needs of the outside: where to write, what time it is, and being called again. */
export interface Outside {
	write(text: string): void;
	/** Milliseconds since the epoch. */
	now(): number;
	/** Milliseconds that never jump, for how long something takes. */
	monotonic(): number;
	/** Calls `tick` every `ms` until the function it gives back is called. */
	every(ms: number, tick: () => void): () => void;
}

/** Nothing is shown: for `--json` (the base command prints the envelope) and for tests. */
export const silentListener: RunListener = { hear: () => {}, close: () => {} };

/** stderr, the machine's clock, and a timer that keeps no process alive. */
export const processOutside: Outside = {
	write: (text) => void process.stderr.write(text),
	now: () => Date.now(),
	monotonic: () => performance.now(),
	every: (ms, tick) => {
		const timer = setInterval(tick, ms).unref();
		return () => clearInterval(timer);
	},
};
