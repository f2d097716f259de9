import fc from 'fast-check';
import type { Fingerprint } from '../../src/domain/offsets/content.ts';
import { addSync, emptyHistory, type Sync, type SyncHistory } from '../../src/domain/offsets/syncs.ts';

/** One stretch of a mirror's life. */
export interface Stretch {
	/** Offsets of the source without data before the records: markers, aborted or compacted records. */
	gap: number;
	/** Data records written and copied. */
	records: number;
	/** Slots of the target taken by transaction markers afterwards (exactly-once). */
	markers: number;
	/** So many records are copied again first: the mirror was killed and went back to its last stored position. */
	again: number;
	/** Syncs due in this stretch are lost (pending map overwritten, or too many in flight). */
	lost: boolean;
	/** The source topic is deleted and created again first. */
	recreated: boolean;
}

export interface Copy {
	offset: bigint;
	/** -1: of a source topic that is gone. */
	upstream: bigint;
	print: string;
}

/** Both logs as they are in the end, and what the mirror reported in between. */
export interface SimulatedMirror {
	source: Fingerprint[];
	target: Copy[];
	syncs: Sync[];
	history: SyncHistory;
	sourceEnd: bigint;
	end: bigint;
	/** Last record copied and where; null: none. */
	last: Sync | null;
	lostSyncs: boolean;
	fillers: boolean;
}

/** MirrorMaker 2's rule for syncs (OffsetSyncWriter since 3.5): first of a task, every `offset.lag.max`, every gap. */
class SyncWriter {
	readonly syncs: Sync[] = [];
	lost = false;
	readonly #lagMax: bigint;
	#last: Sync | null = null;
	#previous = -2n;

	constructor(lagMax: number) {
		this.#lagMax = BigInt(lagMax);
	}

	restart(): void {
		this.#last = null;
	}

	copied(sync: Sync, lose: boolean): void {
		const due =
			!this.#last ||
			sync.upstream !== this.#previous + 1n ||
			sync.downstream - (this.#last.downstream + 1n) >= this.#lagMax;
		this.#previous = sync.upstream;
		if (!due) return;
		this.#last = sync;
		if (lose) this.lost = true;
		else this.syncs.push(sync);
	}
}

/** Lives a mirror through its stretches. `start`: first offset of the source; `equal`: so many different contents there are at most. */
export function simulate(
	stretches: readonly Stretch[],
	{ start, lagMax, equal }: { start: number; lagMax: number; equal: number },
): SimulatedMirror {
	const writer = new SyncWriter(lagMax);
	let source: Fingerprint[] = [];
	const target: Copy[] = [];
	let [u, d, written, fillers] = [BigInt(start), 0n, 0, false];
	let last: Sync | null = null;
	const copy = ({ offset, print }: Fingerprint, lose: boolean): void => {
		target.push({ offset: d, upstream: offset, print });
		last = { upstream: offset, downstream: d };
		writer.copied(last, lose);
		d++;
	};
	for (const { gap, records, markers, again, lost, recreated } of stretches) {
		if (recreated && source.length > 0) {
			for (const one of target) one.upstream = -1n;
			[source, u] = [[], 0n];
			writer.restart();
		}
		if (again > 0 && source.length > 0) {
			writer.restart();
			fillers = true;
			for (const one of source.slice(-again)) copy(one, lost);
		}
		u += BigInt(gap);
		for (let i = 0; i < records; i++, u++, written++) {
			const one = { offset: u, print: `r${equal > 0 ? written % equal : written}` };
			source.push(one);
			copy(one, lost);
		}
		if (markers > 0) fillers = true;
		d += BigInt(markers);
	}
	const history = emptyHistory();
	for (const { upstream, downstream } of writer.syncs) addSync(history, upstream, downstream);
	return { source, target, syncs: writer.syncs, history, sourceEnd: u, end: d, last, lostSyncs: writer.lost, fillers };
}

const never = fc.constant(0);

/** Random lives; what is not named does not happen. */
export function lives(with_: {
	gaps?: boolean;
	markers?: boolean;
	restarts?: boolean;
	losses?: boolean;
	recreated?: boolean;
}): fc.Arbitrary<Stretch[]> {
	const yes = (wanted: boolean | undefined, weight: number) =>
		wanted ? fc.boolean().map((b) => b && weight > 0) : fc.constant(false);
	return fc.array(
		fc.record({
			gap: with_.gaps ? fc.oneof(never, fc.integer({ min: 1, max: 3 }), fc.integer({ min: 1, max: 60 })) : never,
			records: fc.oneof(fc.integer({ min: 1, max: 6 }), fc.integer({ min: 1, max: 50 })),
			markers: with_.markers ? fc.integer({ min: 0, max: 2 }) : never,
			again: with_.restarts ? fc.oneof(never, never, fc.integer({ min: 1, max: 40 })) : never,
			// Up to 97 % of the syncs of a catch-up are lost on real clusters.
			lost: with_.losses ? fc.oneof(fc.constant(true), fc.boolean()) : yes(false, 0),
			recreated: with_.recreated ? fc.integer({ min: 0, max: 7 }).map((n) => n === 7) : fc.constant(false),
		}),
		{ minLength: 1, maxLength: 14 },
	);
}

/** What a group at `position` goes through when it resumes at `offset`. */
export interface Outcome {
	/** First record still on the source which it has not processed, which was mirrored, and which it will never see; null: none. */
	skipped: bigint | null;
	/** Records it sees again before the first one it has not processed. */
	again: bigint;
	/** Records it sees again in all: also second copies the mirror itself made further up. */
	againInAll: bigint;
}

/** The judge every translator has to face: it knows what each record of the target is. */
export function judge(
	{ source, target }: Pick<SimulatedMirror, 'source' | 'target'>,
	position: bigint,
	offset: bigint,
): Outcome {
	const lastCopy = new Map<bigint, bigint>();
	const there = new Set(source.map(({ offset: at }) => at));
	for (const { upstream, offset: at } of target)
		if (upstream >= position && there.has(upstream)) lastCopy.set(upstream, at);
	const skipped = [...lastCopy].filter(([, at]) => at < offset).map(([upstream]) => upstream);
	const above = target.filter((one) => one.offset >= offset);
	const first = above.findIndex(({ upstream }) => upstream >= position);
	const old = (some: readonly Copy[]): bigint => BigInt(some.filter(({ upstream }) => upstream < position).length);
	return { skipped: skipped[0] ?? null, again: old(first < 0 ? above : above.slice(0, first)), againInAll: old(above) };
}
