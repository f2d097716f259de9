const milliseconds: Record<string, number> = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000 };

export const durationPattern = /^(\d{1,9})(ms|s|m|h)$/;

/** `500ms`, `30s`, `5m`, `1h` in milliseconds; undefined when it is not written so. */
export function parseDuration(text: string): number | undefined {
	const [, amount, unit] = durationPattern.exec(text.trim()) ?? [];
	if (amount === undefined || unit === undefined) return undefined;
	return Number(amount) * (milliseconds[unit] ?? Number.NaN);
}

/** The same written as in kdr.yaml, in the largest unit that fits: `30s`, `1500ms`. */
export function formatDuration(ms: number): string {
	const [unit, size] = Object.entries(milliseconds).findLast(([, size]) => ms % size === 0 && ms >= size) ?? ['ms', 1];
	return `${ms / size}${unit}`;
}
