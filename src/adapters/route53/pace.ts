import { setTimeout as wait } from 'node:timers/promises';

/** When to try again, and when to stop trying. */
export interface Pace {
	/** Ends a request at the deadline (a moment is always left for one) or when the caller gives up. */
	signal(): AbortSignal;
	/** Waits before the next try, longer each time, with jitter; false when there is no time left for one. */
	again(): Promise<boolean>;
	/** Throws the reason of the caller's signal, if it has one. */
	throwIfAborted(): void;
	readonly aborted: boolean;
}

export function pace(deadlineMs: number, backoffMs: number, signal?: AbortSignal): Pace {
	const end = performance.now() + deadlineMs;
	let tries = 0;
	const left = (): number => end - performance.now();
	return {
		signal() {
			const timeout = AbortSignal.timeout(Math.max(100, Math.ceil(left())));
			return signal === undefined ? timeout : AbortSignal.any([signal, timeout]);
		},
		async again() {
			const ms = Math.min(backoffMs * 2 ** tries, 10_000) * (0.5 + Math.random() / 2);
			tries++;
			if (ms >= left()) return false;
			await wait(ms, undefined, signal === undefined ? {} : { signal });
			return true;
		},
		throwIfAborted: () => signal?.throwIfAborted(),
		get aborted() {
			return signal?.aborted ?? false;
		},
	};
}
