/** The kinds of topics, each one of a lab's own. */
export const kinds = [
	{ kind: 'plain', topic: 'orders' },
	{ kind: 'pre-aged', topic: 'payments' },
	{ kind: 'transactional', topic: 'tx' },
	{ kind: 'compacted', topic: 'compacted' },
] as const;
export type Kind = (typeof kinds)[number]['kind'];

export const partitions = [0] as const;
/** Offsets of each partition's source at the kill of the mirror and at the end. */
export const firstLot = 108_000;
export const secondLot = 10_000;
/** Records of the pre-aged topic that are gone before the mirror ever sees them. */
export const aged = 2_000;

export const lags = [0, 1, 10, 100, 1_000, 10_000, 50_000, 100_000] as const;
/** Groups of a lag class have slightly different positions, so that no single position decides. */
const apart = [1, 1.02, 1.05];

export interface LagGroup {
	group: string;
	/** Class it counts for, and how far behind the log end it really is, in offsets. */
	lag: number;
	behind: number;
}

export const groups: readonly LagGroup[] = lags.flatMap((lag) =>
	(lag < 10 ? [1] : apart).map((factor, i) => ({
		group: `app-lag-${lag}-${i}`,
		lag,
		behind: Math.round(lag * factor),
	})),
);

const begin = Date.now() - 600_000;
/** The plain topic has two producers whose clocks are 5 s apart; six records come a millisecond. */
export const timeOf = (kind: Kind, number: number): number =>
	begin + Math.floor(number / 6) + (kind === 'plain' && number % 2 === 1 ? 5_000 : 0);

/** Half of the compacted topic's records are replaced by a later one, all along the log. */
export function keyOf(kind: Kind, number: number): string {
	const again = kind === 'compacted' && number % 2 === 1;
	return again ? `customer-with-many-orders-${(number * 7_919) % 1_009}` : `customer-with-one-order-${number}`;
}
