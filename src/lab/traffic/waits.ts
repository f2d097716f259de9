import { setTimeout as wait } from 'node:timers/promises';

/** Rejects when `work` has not settled after `ms`; what it does then is nobody's concern any more. */
export async function within<T>(ms: number, what: string, work: Promise<T>): Promise<T> {
	const late = new AbortController();
	const timer = wait(ms, undefined, { signal: late.signal }).then(() => {
		throw new Error(`${what}: no answer within ${ms} ms`);
	});
	work.catch(() => {}); // rejected after its time: already reported as late
	try {
		return await Promise.race([work, timer]);
	} finally {
		late.abort();
		timer.catch(() => {});
	}
}

/** Waits `ms`, or less when the signal comes. */
export async function pause(ms: number, signal: AbortSignal): Promise<void> {
	await wait(Math.max(0, ms), undefined, { signal }).catch(() => {});
}

/** Settles when the signal comes. */
export async function aborted(signal: AbortSignal): Promise<void> {
	if (signal.aborted) return;
	await new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }));
}
