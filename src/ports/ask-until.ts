import type { Clock } from './clock.ts';

interface Asking<T> {
	clock: Clock;
	/** Ends the waiting. */
	signal?: AbortSignal;
	/** 0 asks once. */
	withinMs: number;
	everyMs: number;
	isEnough(answer: T): boolean;
	/** Before each pause: what is still waited for. */
	waiting?(answer: T): void | Promise<void>;
}

/** Asks until the answer is enough or the time is over; the last answer, whatever it is. */
export async function askUntil<T>(ask: () => Promise<T>, asking: Asking<T>): Promise<T> {
	const { clock, signal, withinMs, everyMs, isEnough, waiting } = asking;
	const deadline = clock.monotonic() + withinMs;
	for (;;) {
		const answer = await ask();
		const left = deadline - clock.monotonic();
		if (isEnough(answer) || left <= 0) return answer;
		await waiting?.(answer);
		await clock.wait(Math.min(everyMs, left), signal);
	}
}
