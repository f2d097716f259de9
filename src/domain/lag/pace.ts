/** How far a copy has come, and how long the rest will take at the speed seen so far. */
export interface Progress {
	done: bigint;
	total: bigint;
	/** Records a second since it was first looked at; null until there is something to tell it from. */
	perSecond: number | null;
	/** Milliseconds until all is there, unless more is written meanwhile; null where that is not known. */
	leftMs: number | null;
	/** Bytes on disk of the copy and of what it is a copy of; null where they are not known. */
	bytes: { done: bigint; total: bigint } | null;
}

/** Shorter, a speed says nothing. */
const leastMs = 2_000;

/** `since`: what was done `ms` milliseconds ago. */
export function pace({
	total,
	done,
	since,
	ms,
}: {
	total: bigint;
	done: bigint;
	since: bigint;
	ms: number;
}): Omit<Progress, 'bytes'> {
	const [moved, open] = [Number(done - since), Number(total - done)];
	const perSecond = ms >= leastMs && moved > 0 ? moved / (ms / 1_000) : null;
	const leftMs = open <= 0 ? 0 : perSecond === null ? null : (open / perSecond) * 1_000;
	return { done, total, perSecond, leftMs };
}

/** e.g. `1,200,000 of 4,000,000 records (30 %), 1.2 of 4.0 GB, 52,000/s, about 54 s left`. */
export function progressText({ done, total, perSecond, leftMs, bytes }: Progress): string {
	// Markers and retention can make the copy longer or shorter than what it is a copy of.
	const percent = total === 0n ? 100 : Math.min(100, Number((done * 100n) / total));
	const speed = perSecond === null ? '' : `, ${Math.round(perSecond).toLocaleString('en-US')}/s`;
	const left = leftMs === null || leftMs === 0 ? '' : `, about ${aboutTime(leftMs)} left`;
	return `${done.toLocaleString('en-US')} of ${total.toLocaleString('en-US')} records (${percent} %)${bytes ? `, ${size(bytes)}` : ''}${speed}${left}`;
}

function size({ done, total }: { done: bigint; total: bigint }): string {
	const [name, unit] = total >= 1_000_000_000n ? (['GB', 1e9] as const) : (['MB', 1e6] as const);
	return `${(Number(done) / unit).toFixed(1)} of ${(Number(total) / unit).toFixed(1)} ${name}`;
}

function aboutTime(ms: number): string {
	const seconds = Math.ceil(ms / 1_000);
	if (seconds < 90) return `${seconds} s`;
	const minutes = Math.ceil(seconds / 60);
	return minutes < 90 ? `${minutes} min` : `${(minutes / 60).toFixed(1)} h`;
}
