import { forEachConcurrent } from '../../domain/for-each-concurrent.ts';
import type { TopicPartition } from '../../domain/kafka/partition.ts';
import { partitionKey } from '../../domain/kafka/partition.ts';
import { type Found, locate, type Print, printOf } from '../../domain/offsets/content.ts';
import type { Sync } from '../../domain/offsets/syncs.ts';
import type { TargetWindow } from '../../domain/offsets/window.ts';
import type { LogEdges, ReadOptions } from '../../ports/records.ts';
import type { Side } from '../../ports/world.ts';
import type { StepIo } from '../kind.ts';

/** A position to be found, and the syncs around it. */
export interface Sought {
	source: TopicPartition;
	target: TopicPartition;
	position: bigint;
	before: Sync | null;
	after: Sync | null;
	sourceLog: LogEdges;
	targetLog: LogEdges;
}

/** Windows read at most, widest offsets of one, and how many at once: a bound on time and memory, whatever the number of groups. */
const windowsAtMost = 2_000;
const widest = 50_000n;
const atOnce = 16;
/** So far past the last position the source is read where no later sync ends the window. */
const margin = 1_000n;

/** Finds positions by the records themselves, one reading per window however many groups stand in it. null: not found; undefined: not looked for. */
export async function locateAll(
	io: StepIo,
	sought: readonly (Sought | null)[],
	isolation: ReadOptions['isolation'],
): Promise<(Found | null | undefined)[]> {
	const found: (Found | null | undefined)[] = sought.map(() => undefined);
	const windows = Map.groupBy(indexes(sought), (i) => keyOf(sought[i]));
	await forEachConcurrent([...windows.values()].slice(0, windowsAtMost), atOnce, async (members) => {
		const all = members.flatMap((i) => sought[i] ?? []);
		const [first] = all;
		if (!first) return;
		const sides = await readBoth(io, first, spans(first, all), isolation);
		if (!sides) return;
		for (const i of members) {
			const { before, after, targetLog, position } = sought[i] ?? first;
			found[i] = locate(position, { ...sides, before, after, end: targetLog.lastStable });
		}
	});
	return found;
}

type Both<T> = { source: T; target: T };
type Span = readonly [from: bigint, to: bigint];

function spans({ before, after, sourceLog, targetLog }: Sought, all: readonly Sought[]): Both<Span> | null {
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
	return to - from > widest || target[1] - target[0] > widest ? null : { source, target };
}

async function readBoth(
	io: StepIo,
	at: Sought,
	span: Both<Span> | null,
	isolation: ReadOptions['isolation'],
): Promise<Both<Print[]> | null> {
	if (!span) return null;
	const read = async (timed: boolean) => {
		const [source, target] = await Promise.all([
			prints(io.from, at.source, span.source, isolation, timed),
			prints(io.to, at.target, span.target, 'committed', timed),
		]);
		return { source: source.prints, target: target.prints, stamped: source.stamped || target.stamped };
	};
	const timed = await read(true);
	return timed.stamped ? read(false) : timed;
}

/** What the target holds between the two syncs of each window, and before it as much again; null where it cannot be read. */
export async function readWindows(
	to: Side,
	wanted: readonly ({ at: TopicPartition; before: Sync; after: Sync; log: LogEdges } | null)[],
): Promise<(TargetWindow | null)[]> {
	const found: (TargetWindow | null)[] = wanted.map(() => null);
	const windows = Map.groupBy(indexes(wanted), (i) => keyOf({ ...wanted[i], target: wanted[i]?.at }));
	await forEachConcurrent([...windows.values()].slice(0, windowsAtMost), atOnce, async (members) => {
		const one = wanted[members[0] ?? -1];
		if (!one) return;
		const { at, before, after, log } = one;
		const slots = after.downstream - before.downstream;
		const start = max(log.logStart, before.downstream - 2n * slots);
		if (slots > widest || before.downstream + 1n < log.logStart || after.downstream >= log.lastStable) return;
		const timed = await prints(to, at, [start, after.downstream + 1n], 'committed', true);
		// Append times differ between copies of one record, so they must not make copies look different.
		const { prints: all } = timed.stamped
			? await prints(to, at, [start, after.downstream + 1n], 'committed', false)
			: timed;
		const inside = all.filter(({ offset }) => offset > before.downstream);
		const earlier = all.slice(0, all.length - inside.length);
		const window = { inside, earlier: earlier.length >= inside.length || start === 0n ? earlier : null };
		for (const i of members) found[i] = window;
	});
	return found;
}

async function prints(
	{ records }: Side,
	at: TopicPartition,
	[from, to]: Span,
	isolation: ReadOptions['isolation'],
	timed: boolean,
): Promise<{ prints: Print[]; stamped: boolean }> {
	const out = { prints: [] as Print[], stamped: false };
	if (from >= to) return out;
	for await (const record of records.read(at, from, to, { isolation, maxBytes: bytesFor(from, to) })) {
		if (record.timestampType === 'log-append') out.stamped = true;
		out.prints.push(printOf(record, timed));
	}
	return out;
}

/** A window is mostly narrow: a whole fetch for each would keep the brokers busy with records nobody looks at. */
function bytesFor(from: bigint, to: bigint): number {
	const bytes = Number(to - from) * 1_024;
	return Math.min(1_048_576, Math.max(65_536, bytes));
}

const indexes = (list: readonly unknown[]): number[] => list.flatMap((one, i) => (one === null ? [] : [i]));

function keyOf(
	one: { target?: TopicPartition | undefined; before?: Sync | null; after?: Sync | null } | null | undefined,
): string {
	const edge = (sync: Sync | null | undefined): string => (sync ? `${sync.upstream}>${sync.downstream}` : '');
	return one?.target
		? `${partitionKey(one.target.topic, one.target.partition)} ${edge(one.before)} ${edge(one.after)}`
		: '';
}

const min = (a: bigint, b: bigint): bigint => (a < b ? a : b);
const max = (a: bigint, b: bigint): bigint => (a > b ? a : b);
