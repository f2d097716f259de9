import { max, min } from '../bigint.ts';
import { PartitionMap, type TopicPartition } from '../kafka/partition.ts';
import type { Identity } from './content.ts';
import type { Method, Policy } from './params.ts';
import {
	type OwnOffset,
	type PlaceFacts,
	type Placement,
	place,
	placeByCheckpoint,
	placeBySyncs,
	placeByTimestamp,
	type TimeFacts,
} from './place.ts';
import { placeReset, type Reset, type ResetFacts } from './reset.ts';
import type { GroupPartition, OffsetRow, Refusal } from './row.ts';

/** A position with everything its new offset is chosen from. */
export interface DecidablePartition extends GroupPartition, PlaceFacts {
	metadata: string;
	/** Set when offsets are chosen by time. */
	byTime: TimeFacts | null;
	/** Whether offsets mean the same on both clusters; set when they are copied. */
	identity: Identity | null;
}

/** One group and partition a person's choice is about. */
export interface ResetPartition extends GroupPartition {
	/** null: the partition's log could not be read; `why` says so. */
	facts: ResetFacts | null;
	why: string;
	priorMetadata: string;
}

/** A position that could not be read; without a topic: all of its group. */
export interface UnreadPosition {
	group: string;
	at: TopicPartition | null;
	why: string;
}

/** The facts a table is made from. */
export interface TableFacts {
	partitions: Iterable<DecidablePartition>;
	resets: Iterable<ResetPartition>;
	/** Positions, and whole groups, of which nothing could be read: never left out in silence. */
	unread: readonly UnreadPosition[];
	active: ReadonlyMap<string, string>;
	/** Groups that are no plain consumer groups, and why they are left alone. */
	alone: ReadonlyMap<string, string>;
	committed: ReadonlyMap<string, PartitionMap<{ offset: bigint; metadata: string }>>;
}

export interface TableChoice {
	method: Method;
	conservative: boolean;
	/** Named by the person; absent: all. */
	groups?: string[] | undefined;
	reset?: Reset | undefined;
	policy: Policy;
	allowRewind: boolean;
}

/** A partition without a new offset. */
export interface Unplaced extends GroupPartition {
	prior: bigint | null;
	why: string;
	/** True when a person said to leave it; else it is missing and is named as a failure. */
	wanted: boolean;
}

/** The whole plan: what is set, what is not, and what may not be touched. */
export interface Table {
	rows: OffsetRow[];
	unplaced: Unplaced[];
	refused: Refusal[];
	/** The rows that are set: those of no refused group. */
	set: OffsetRow[];
	/** Rows whose next records the cluster we move to has deleted already: at most so many are skipped. */
	skips: Map<OffsetRow, bigint>;
	/** What MirrorMaker 2's own offsets would have cost, where it has one. */
	own: Map<OffsetRow, OwnOffset>;
	/** Log end of each partition on the cluster we move to. */
	ends: PartitionMap<bigint>;
}

type Chosen =
	| (Pick<Placement, 'offset' | 'proof' | 'rereadAtMost' | 'evidence'> &
			Partial<Pick<Placement, 'mirrorMaker' | 'skipsAtMost'>>)
	| { left: string; wanted: boolean };

export const emptyTable = (): Table => ({
	...{ rows: [], unplaced: [], refused: [], set: [], own: new Map(), skips: new Map(), ends: new PartitionMap() },
});

/** Last stages, pure: a decision for every partition, and the table of rows it makes. `mark`: text for a free place beside an offset. */
export function decide(facts: TableFacts, choice: TableChoice, mark: string): Table {
	const table = emptyTable();
	for (const one of facts.partitions) {
		const { topic, partition } = one;
		table.ends.set({ topic, partition }, one.target.end);
		addRow(table, one, facts, withPolicy(translated(one, choice), one, choice.policy), markOf(one.metadata, mark));
	}
	for (const one of facts.resets) {
		const { topic, partition } = one;
		if (!choice.reset) break;
		if (one.facts) table.ends.set({ topic, partition }, one.facts.target.end);
		addRow(table, one, facts, byChoice(one, choice.reset), markOf(one.priorMetadata, mark));
	}
	for (const { group, at, why } of facts.unread) {
		if (at) addRow(table, { group, ...at }, facts, { left: `unknown (${why})`, wanted: false }, '');
		else table.refused.push({ group, code: 'KDR_OFFSET_UNMAPPED', why: `unknown (${why})` });
	}
	table.refused.push(...refusals(facts, table, choice));
	const out = new Set(table.refused.filter(({ at }) => at === undefined).map(({ group }) => group));
	table.set = out.size === 0 ? table.rows : table.rows.filter(({ group }) => !out.has(group));
	return table;
}

/** Applications that keep their own text beside an offset keep it; a free one is marked with the run. */
const markOf = (metadata: string, mark: string): string =>
	metadata === '' || /^kdr:[0-9a-f]{8}$/.test(metadata) ? mark : metadata;

function addRow(
	table: Table,
	{ group, topic, partition }: GroupPartition,
	{ committed }: TableFacts,
	chosen: Chosen,
	metadata: string,
): void {
	const held = committed.get(group)?.get({ topic, partition });
	const at = { group, topic, partition, prior: held?.offset ?? null };
	if ('left' in chosen) {
		table.unplaced.push({ ...at, why: chosen.left, wanted: chosen.wanted });
		return;
	}
	const { offset, proof, rereadAtMost, evidence, mirrorMaker, skipsAtMost = 0n } = chosen;
	const row = { ...at, priorMetadata: held?.metadata ?? '', offset, metadata, proof, rereadAtMost, evidence };
	table.rows.push(row);
	if (mirrorMaker) table.own.set(row, mirrorMaker);
	if (skipsAtMost > 0n) table.skips.set(row, skipsAtMost);
}

function translated(facts: DecidablePartition, { method, conservative }: TableChoice): Chosen {
	switch (method) {
		case 'checkpoint':
			return placeByCheckpoint(facts);
		case 'syncs':
			return placeBySyncs(facts, { conservative });
		case 'timestamp':
			return facts.byTime ? placeByTimestamp(facts, facts.byTime) : place(facts);
		case 'exact': {
			const found = place(facts);
			return found.proof === 'exact' ? found : { left: `not provable: ${found.evidence}`, wanted: false };
		}
		case 'same':
			return copied(facts);
		default:
			return place(facts);
	}
}

/** The source's offset as it is, where offsets were proven to mean the same. */
function copied({ source, target, identity }: DecidablePartition): Chosen {
	if (source === null) return { left: 'its offset on the other cluster is not known', wanted: false };
	if (identity?.kind !== 'same') return { left: `cannot be copied: ${identity?.why ?? 'not compared'}`, wanted: false };
	if (source < target.logStart)
		return {
			left: `cannot be copied: the log there begins at ${target.logStart}, behind its ${source}`,
			wanted: false,
		};
	const offset = min(source, target.end);
	const evidence = `the same records at the same offsets, ${counted(identity.compared, 'place')} compared`;
	// What it has read beyond the mirror may still come.
	const ahead = max(source - target.end, 0n);
	return { offset, proof: ahead > 0n ? 'bounded' : 'exact', rereadAtMost: ahead, evidence };
}

/** What is done where nothing is known of a position but the log. */
function withPolicy(chosen: Chosen, { target }: DecidablePartition, policy: Policy): Chosen {
	const nothing =
		'left' in chosen
			? chosen.wanted
				? undefined
				: chosen.left
			: chosen.proof === 'earliest'
				? chosen.evidence
				: undefined;
	if (nothing === undefined) return chosen;
	switch (policy) {
		case 'none':
			return { left: nothing, wanted: false };
		case 'skip':
			return { left: `left as it is: ${nothing}`, wanted: true };
		case 'latest':
			return { offset: target.end, proof: 'policy', rereadAtMost: 0n, evidence: `log end by policy: ${nothing}` };
		case 'earliest':
			return 'left' in chosen
				? {
						offset: target.logStart,
						proof: 'earliest',
						rereadAtMost: target.end - target.logStart,
						evidence: `log start: ${nothing}`,
					}
				: chosen;
	}
}

/** A group may have read all there is: everything above a chosen offset may be read again. */
function byChoice({ facts, why }: ResetPartition, reset: Reset): Chosen {
	if (!facts) return { left: why, wanted: false };
	const { offset, evidence } = placeReset(reset, facts);
	if (offset === null) return { left: evidence, wanted: false };
	return { offset, proof: 'policy', rereadAtMost: facts.target.end - offset, evidence };
}

function refusals(
	{ active, alone }: TableFacts,
	{ rows, unplaced }: Pick<Table, 'rows' | 'unplaced'>,
	choice: TableChoice,
): Refusal[] {
	const busy = [...active].map(([group, state]) => ({
		group,
		code: 'KDR_GROUP_ACTIVE',
		why: `has running members (${state}); its offsets stay as they are`,
	}));
	const missing = unplaced
		.filter(({ group, wanted }) => !wanted && !active.has(group))
		.map(({ group, topic, partition, why }) => ({
			group,
			at: `${topic} ${partition}`,
			code: 'KDR_OFFSET_UNMAPPED',
			why,
		}));
	const back = Map.groupBy(
		choice.allowRewind
			? []
			: rows.filter(
					({ group, prior, offset }) => !active.has(group) && prior !== null && offset !== null && offset < prior,
				),
		({ group }) => group,
	);
	const rewound = [...back].map(([group, of]) => ({
		group,
		code: 'KDR_OFFSET_REWIND',
		why: `${counted(of.length, 'partition')} would go back behind the commit there`,
	}));
	const named = (choice.groups ?? []).flatMap((group) => {
		const why = alone.get(group);
		return why === undefined ? [] : [{ group, code: 'KDR_OFFSET_UNMAPPED', why }];
	});
	return [...busy, ...rewound, ...missing, ...named];
}

const counted = (n: number, one: string): string => `${n} ${n === 1 ? one : `${one}s`}`;
