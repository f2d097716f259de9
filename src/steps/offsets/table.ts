import type { PartitionMap } from '../../domain/kafka/partition.ts';
import type { Method, Policy } from '../../domain/offsets/params.ts';
import {
	type OwnOffset,
	type Placement,
	place,
	placeByCheckpoint,
	placeBySyncs,
	placeByTimestamp,
} from '../../domain/offsets/place.ts';
import { placeReset, type Reset } from '../../domain/offsets/reset.ts';
import type { OffsetRow, Refusal } from '../../domain/offsets/row.ts';
import type { Identity } from '../../domain/offsets/same.ts';
import { count } from '../estate.ts';
import type { StepContext } from '../kind.ts';
import type { TupleFacts } from './facts.ts';
import type { ResetTuple } from './reset.ts';
import type { Committed } from './write.ts';

/** The facts a table is made from. */
export interface TableFacts {
	tuples: readonly TupleFacts[];
	resets: Iterable<ResetTuple>;
	identity: PartitionMap<Identity>;
	active: ReadonlyMap<string, string>;
	/** Groups that are no plain consumer groups, and why they are left alone. */
	alone: ReadonlyMap<string, string>;
	committed: Committed;
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
export interface Unplaced {
	group: string;
	topic: string;
	partition: number;
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
	/** What MirrorMaker 2's own offsets would have cost, where it has one. */
	own: Map<OffsetRow, OwnOffset>;
}

type Chosen =
	| (Pick<Placement, 'offset' | 'proof' | 'rereadAtMost' | 'evidence'> & Partial<Pick<Placement, 'mirrorMaker'>>)
	| { left: string; wanted: boolean };

type Writer = Pick<StepContext, 'run' | 'preview'>;

const made = new WeakMap<TableFacts, { choice: TableChoice; mark: string; table: Table }>();

/** Pure: the table of a plan. Checks, plan and output ask for the one of the same facts: it is made once. */
export function tableOf(facts: TableFacts, choice: TableChoice, { run, preview }: Writer): Table {
	const mark = preview ? '' : `kdr:${run}`;
	const known = made.get(facts);
	if (known && known.choice === choice && known.mark === mark) return known.table;
	const table = makeTable(facts, choice, mark);
	made.set(facts, { choice, mark, table });
	return table;
}

function makeTable(facts: TableFacts, choice: TableChoice, mark: string): Table {
	const rows: OffsetRow[] = [];
	const unplaced: Unplaced[] = [];
	const own = new Map<OffsetRow, OwnOffset>();
	const add = (at: { group: string; topic: string; partition: number }, metadata: string, chosen: Chosen): void => {
		const { group, topic, partition } = at;
		const held = facts.committed.get(group)?.get(at);
		const prior = held?.offset ?? null;
		if ('left' in chosen) unplaced.push({ group, topic, partition, prior, why: chosen.left, wanted: chosen.wanted });
		else {
			const { offset, proof, rereadAtMost, evidence, mirrorMaker } = chosen;
			// Applications that keep their own text beside an offset keep it; a free one is marked with the run.
			const row = {
				group,
				topic,
				partition,
				prior,
				priorMetadata: held?.metadata ?? '',
				offset,
				metadata: ours(metadata) ? mark : metadata,
				proof,
				rereadAtMost,
				evidence,
			};
			rows.push(row);
			if (mirrorMaker) own.set(row, mirrorMaker);
		}
	};
	for (const tuple of facts.tuples)
		add(tuple, tuple.metadata, withPolicy(translated(tuple, choice, facts.identity), tuple, choice.policy));
	for (const tuple of facts.resets) if (choice.reset) add(tuple, tuple.priorMetadata, byChoice(tuple, choice.reset));
	const refused = refusals(facts, rows, unplaced, choice);
	const out = new Set(refused.filter(({ at }) => at === undefined).map(({ group }) => group));
	return { rows, unplaced, refused, set: out.size === 0 ? rows : rows.filter(({ group }) => !out.has(group)), own };
}

const ours = (metadata: string): boolean => metadata === '' || /^kdr:[0-9a-f]{8}$/.test(metadata);

function translated(
	tuple: TupleFacts,
	{ method, conservative }: TableChoice,
	identity: PartitionMap<Identity>,
): Chosen {
	const { place: facts, time } = tuple;
	switch (method) {
		case 'checkpoint':
			return placeByCheckpoint(facts);
		case 'syncs':
			return placeBySyncs(facts, { conservative });
		case 'timestamp':
			return time ? placeByTimestamp(facts, time) : place(facts);
		case 'exact': {
			const found = place(facts);
			return found.proof === 'exact' ? found : { left: `not provable: ${found.evidence}`, wanted: false };
		}
		case 'same':
			return copied(tuple, identity.get(tuple));
		default:
			return place(facts);
	}
}

/** The source's offset as it is, where offsets were proven to mean the same. */
function copied({ place: { source, target } }: TupleFacts, identity: Identity | undefined): Chosen {
	if (source === null) return { left: 'its offset on the other cluster is not known', wanted: false };
	if (identity?.kind !== 'same') return { left: `cannot be copied: ${identity?.why ?? 'not compared'}`, wanted: false };
	const offset = source > target.end ? target.end : source < target.logStart ? target.logStart : source;
	const evidence = `the same records at the same offsets, ${count(identity.compared, 'place')} compared`;
	return { offset, proof: 'exact', rereadAtMost: 0n, evidence };
}

/** What is done where nothing is known of a position but the log. */
function withPolicy(chosen: Chosen, { place: { target } }: TupleFacts, policy: Policy): Chosen {
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
function byChoice({ facts, why }: ResetTuple, reset: Reset): Chosen {
	if (!facts) return { left: why, wanted: false };
	const { offset, evidence } = placeReset(reset, facts);
	if (offset === null) return { left: evidence, wanted: false };
	return { offset, proof: 'policy', rereadAtMost: facts.target.end - offset, evidence };
}

function refusals(
	{ active, alone }: TableFacts,
	rows: readonly OffsetRow[],
	unplaced: readonly Unplaced[],
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
		why: `${count(of.length, 'partition')} would go back behind the commit there: --allow-rewind`,
	}));
	const named = (choice.groups ?? []).flatMap((group) => {
		const why = alone.get(group);
		return why === undefined ? [] : [{ group, code: 'KDR_OFFSET_UNMAPPED', why }];
	});
	return [...busy, ...rewound, ...missing, ...named];
}
