/** Time as kdr sees it: wall-clock for people, monotonic for durations (it never jumps). */
export interface Clock {
	/** Milliseconds since the Unix epoch. */
	now(): number;
	/** Monotonic milliseconds; only differences mean something. */
	monotonic(): number;
	/** Resolves after `ms`, or rejects with the signal's reason. */
	wait(ms: number, signal?: AbortSignal): Promise<void>;
}
