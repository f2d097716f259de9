import { max, min } from '../../domain/bigint.ts';
import { type Fact, readFact, unreadableFact } from '../../domain/fact.ts';
import { forEachConcurrent } from '../../domain/for-each-concurrent.ts';
import { partitionKey, type TopicPartition } from '../../domain/kafka/partition.ts';
import { type Fingerprint, type Found, fingerprintOf, locate } from '../../domain/offsets/content.ts';
import type { Sync } from '../../domain/offsets/syncs.ts';
import type { TargetWindow } from '../../domain/offsets/translate.ts';
import type { LogEdges, ReadOptions } from '../../ports/records.ts';
import type { Side } from '../../ports/world.ts';
import type { BracketedPartition } from './bracket.ts';
import type { Sides } from './context.ts';

/** Third stage: the records around the position. */
export interface LocatedPartition extends BracketedPartition {
	/** Where the records of both clusters show the position; value null: they show it nowhere. */
	content: Fact<Found | null>;
	/** What lies on the target between the two syncs. */
	window: Fact<TargetWindow>;
	/** True when a cap kept the records from being read. */
	capped: boolean;
}

/** Windows read at most, and widest offsets of one: a bound on time and memory, whatever the number of groups. */
interface Caps {
	windows: number;
	offsets: bigint;
}
const defaultCaps: Caps = { windows: 2_000, offsets: 50_000n };
const noCaps: Caps = { windows: Number.POSITIVE_INFINITY, offsets: 2n ** 62n };
const atOnce = 16;
/** So far past the last position the source is read where no later sync ends the window. */
const margin = 1_000n;

/**
 * Reads the records around every position: on both clusters where the source answers, else between the two syncs on the target alone. One
 * reading per window, however many groups are in it.
 */
export async function locatePartitions(
	io: Sides,
	partitions: readonly BracketedPartition[],
	{ isolation, readAll }: { isolation: ReadOptions['isolation']; readAll: boolean },
): Promise<LocatedPartition[]> {
	const now = io.world.clock.now();
	const caps = readAll ? noCaps : defaultCaps;
	const located = new Map<BracketedPartition, LocatedPartition>();
	let left = caps.windows;
	await forEachConcurrent([...Map.groupBy(partitions, windowKey).values()], atOnce, async (members) => {
		const sought = members.flatMap((one) => soughtOf(one) ?? []);
		const span = sought[0] ? spans(sought[0], sought) : null;
		const toRead = span ? readable(span, caps, left) : null;
		if (toRead) left--;
		const onBoth = toRead && sought[0] ? await readBoth(io, sought[0], toRead, isolation) : null;
		const found = members.map((one) => [one, contentOf(one, onBoth)] as const);
		const alone = found.some(([, content]) => !content) ? targetSpan(members[0]) : null;
		const onTarget =
			alone && left > 0 && width(alone) <= 3n * caps.offsets ? await readTarget(io.to, members[0], alone) : null;
		if (onTarget) left--;
		for (const [one, content] of found)
			located.set(one, {
				...one,
				content: content === undefined ? unreadableFact('not read', now) : readFact(content, now),
				window: onTarget ? readFact(onTarget, now) : unreadableFact('not read', now),
				capped: !onBoth && !onTarget && (span !== null || alone !== null),
			});
	});
	return partitions.flatMap((one) => located.get(one) ?? []);
}

/** null: the records show it nowhere; undefined: not read. */
function contentOf(partition: BracketedPartition, sides: Both<Fingerprint[]> | null): Found | null | undefined {
	const sought = sides && soughtOf(partition);
	if (!sought) return undefined;
	const { before, after, targetLog, position } = sought;
	return locate(position, { ...sides, before, after, end: targetLog.lastStable });
}

/** A position to be found between two syncs. */
interface Sought {
	source: TopicPartition;
	target: TopicPartition;
	position: bigint;
	before: Sync | null;
	after: Sync | null;
	sourceLog: LogEdges;
	targetLog: LogEdges;
}

function soughtOf(partition: BracketedPartition): Sought | null {
	const { onSource, topic, source, sourceLog, late, position, translation } = partition;
	if (!onSource || !sourceLog || !translation || source === null || position === null) return null;
	// What retention took from the source is only on the target any more; what lies past its end is of another log.
	if (position < sourceLog.logStart || position > sourceLog.end) return null;
	const { before, after } = translation.bracket;
	const target = { topic, partition: partition.partition };
	return { source: onSource, target, position, before, after, sourceLog, targetLog: late };
}

type Both<T> = { source: T; target: T };
type Span = readonly [from: bigint, to: bigint];

function spans({ before, after, sourceLog, targetLog }: Sought, all: readonly Sought[]): Both<Span> {
	const positions = all.map(({ position }) => position);
	const [low, high] = [positions.reduce(min), positions.reduce(max)];
	const from = max(sourceLog.logStart, before ? before.upstream : low);
	const to = min(sourceLog.lastStable, after ? after.upstream + 1n : high + margin);
	// Without an earlier sync: room for twice as many slots as offsets, for what is no data there.
	const back = after ? after.downstream - 2n * (after.upstream - low) - 100n : targetLog.logStart;
	const source: Span = [from, to];
	const target: Span = [
		max(targetLog.logStart, before ? before.downstream : back),
		min(targetLog.lastStable, after ? after.downstream + 1n : targetLog.lastStable),
	];
	return { source, target };
}

const width = ([from, to]: Span): bigint => to - from;

/** The spans, when the caps let them be read. */
const readable = (span: Both<Span>, { offsets }: Caps, left: number): Both<Span> | null =>
	left > 0 && width(span.source) <= offsets && width(span.target) <= offsets ? span : null;

/** The same stretch on both clusters for all positions of one window. */
async function readBoth(
	io: Sides,
	at: Sought,
	span: Both<Span>,
	isolation: ReadOptions['isolation'],
): Promise<Both<Fingerprint[]>> {
	const read = async (timed: boolean) => {
		const [source, target] = await Promise.all([
			fingerprints(io.from, at.source, span.source, isolation, timed),
			fingerprints(io.to, at.target, span.target, 'committed', timed),
		]);
		return { source: source.found, target: target.found, stamped: source.stamped || target.stamped };
	};
	const timed = await read(true);
	return timed.stamped ? read(false) : timed;
}

/** The stretch of the target between the two syncs of a window, and before it twice as much again; null where it is not all there. */
function targetSpan(one: BracketedPartition | undefined): Span | null {
	const { before, after } = one?.translation?.bracket ?? {};
	if (!one || !before || !after || one.position === before.upstream) return null;
	const { late: log } = one;
	if (before.downstream + 1n < log.logStart || after.downstream >= log.lastStable) return null;
	const slots = after.downstream - before.downstream;
	return [max(log.logStart, before.downstream - 2n * slots), after.downstream + 1n];
}

async function readTarget(to: Side, one: BracketedPartition | undefined, span: Span): Promise<TargetWindow | null> {
	const before = one?.translation?.bracket.before;
	if (!one || !before) return null;
	const timed = await fingerprints(to, one, span, 'committed', true);
	// Append times differ between copies of one record, so they must not make copies look different.
	const { found: all } = timed.stamped ? await fingerprints(to, one, span, 'committed', false) : timed;
	const inside = all.filter(({ offset }) => offset > before.downstream);
	const earlier = all.slice(0, all.length - inside.length);
	return { inside, earlier: earlier.length >= inside.length || span[0] === 0n ? earlier : null };
}

async function fingerprints(
	{ records }: Side,
	{ topic, partition }: TopicPartition,
	[from, to]: Span,
	isolation: ReadOptions['isolation'],
	timed: boolean,
): Promise<{ found: Fingerprint[]; stamped: boolean }> {
	const out = { found: [] as Fingerprint[], stamped: false };
	if (from >= to) return out;
	const options = { isolation, maxBytes: bytesFor(from, to) };
	for await (const record of records.read({ topic, partition }, from, to, options)) {
		if (record.timestampType === 'log-append') out.stamped = true;
		out.found.push(fingerprintOf(record, timed));
	}
	return out;
}

/** A window is mostly narrow: a whole fetch for each would keep the brokers busy with records nobody looks at. */
function bytesFor(from: bigint, to: bigint): number {
	const bytes = Number(to - from) * 1_024;
	return Math.min(1_048_576, Math.max(65_536, bytes));
}

function windowKey({ topic, partition, translation }: BracketedPartition): string {
	const edge = (sync: Sync | null | undefined): string => (sync ? `${sync.upstream}>${sync.downstream}` : '');
	const { before, after } = translation?.bracket ?? {};
	return `${partitionKey(topic, partition)} ${edge(before)} ${edge(after)}`;
}
