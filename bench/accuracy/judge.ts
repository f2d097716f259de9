/** Records of one partition's log in order: offsets, and the number each was produced with. Far below 2^53, so plain numbers do. */
export interface Log {
	offsets: Float64Array;
	numbers: Float64Array;
}

/** Both logs of one partition, read fully, and a group's commit on the source. */
export interface Case {
	source: Log;
	target: Log;
	targetEnd: number;
	commit: number;
	/** Numbers are offsets of the source: records that compaction has removed since stay distinct from read ones. */
	numberedByOffset: boolean;
}

/** What resuming from one offset of the target costs. */
export interface Cost {
	/** Records read again that a later offset would have spared, without skipping any. */
	again: number;
	/** Records that are never read. */
	skipped: number;
	/** Everything read more often than needed, also what the mirror has copied twice: no offset spares that. */
	extra: number;
}

/** The truth of one case: the last offset from which nothing is skipped, and the cost of any other. */
export function judge({ source, target, targetEnd, commit, numberedByOffset }: Case): {
	place: number;
	cost(next: number): Cost;
} {
	const first = firstAtOrAfter(source.offsets, commit);
	const wantedFrom = source.numbers[first] ?? Number.POSITIVE_INFINITY;
	const readBelow = numberedByOffset ? commit : wantedFrom;
	const lastCopy = new Map<number, number>();
	target.numbers.forEach((number, i) => {
		if (number >= wantedFrom) lastCopy.set(number, target.offsets[i] ?? 0);
	});
	let place = targetEnd;
	for (const offset of lastCopy.values()) place = Math.min(place, offset);
	const cost = (next: number): Cost => {
		const sum = { again: 0, skipped: 0, extra: 0 };
		for (const offset of lastCopy.values()) if (offset < next) sum.skipped++;
		let wanted = 0;
		for (let i = firstAtOrAfter(target.offsets, next); i < target.offsets.length; i++) {
			const [offset = 0, number = 0] = [target.offsets[i], target.numbers[i]];
			if (number < readBelow) {
				sum.extra++;
				if (offset < place) sum.again++;
			} else if (number >= wantedFrom) {
				wanted++;
				if (offset < place) sum.again++;
			}
		}
		sum.extra += wanted - (lastCopy.size - sum.skipped);
		return sum;
	};
	return { place, cost };
}

function firstAtOrAfter(offsets: Float64Array, wanted: number): number {
	let [low, high] = [0, offsets.length];
	while (low < high) {
		const middle = (low + high) >>> 1;
		if ((offsets[middle] ?? 0) < wanted) low = middle + 1;
		else high = middle;
	}
	return low;
}
