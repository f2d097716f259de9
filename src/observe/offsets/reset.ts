import { PartitionMap, type TopicPartition } from '../../domain/kafka/partition.ts';
import { groupsInScope, leftAlone } from '../../domain/kafka/scope.ts';
import type { ResetPartition, UnreadPosition } from '../../domain/offsets/decide.ts';
import { chosen, type Reset, type TopicChoice } from '../../domain/offsets/reset.ts';
import type { CommittedOffset, Group } from '../../ports/group-offsets.ts';
import type { Side } from '../../ports/world.ts';
import { scopePartitions } from '../scope.ts';
import { type Committed, readCommitted } from './commits.ts';
import type { MoveContext, Sides } from './context.ts';

export interface ResetReading {
	/** JournalledFence when asked for: a million of them would take more memory than all else. */
	resets: Iterable<ResetPartition>;
	/** What was named, by the person or the file, and is not set: each with its reason. */
	unread: UnreadPosition[];
	/** Those of `groups` with any of them. */
	touched: ReadonlySet<string>;
	groups: Group[];
	committed: Committed;
	unreadable: string[];
	/** Groups of the link that are no plain consumer groups, and why they are left alone unless named. */
	alone: Map<string, string>;
}

/** Which groups and partitions; what is absent holds all of the link. */
export interface ResetScope {
	groups?: string[] | undefined;
	topics?: TopicChoice[] | undefined;
}

/**
 * What a person's choice is about, as `kafka-consumer-groups --reset-offsets` finds it on the one cluster whose groups are set: for
 * groups and topics that are both named every such partition, committed or not; else the partitions a group has committed.
 */
export async function observeReset(
	io: Sides,
	ctx: MoveContext,
	choice: Reset,
	scope: ResetScope,
): Promise<ResetReading> {
	const [partitions, groups] = await Promise.all([scopePartitions(io.to, ctx.link), io.to.groups.list()]);
	const mine = groupsInScope(ctx.link.groups);
	const fromFile = choice.to === 'rows' ? [...new Set(choice.rows.map(([group]) => group))] : undefined;
	const alone = new Map(
		groups
			.filter(({ id }) => mine(id))
			.flatMap((group) => {
				const why = leftAlone(group);
				return why === null ? [] : [[group.id, why] as const];
			}),
	);
	const movable = groups.map(({ id }) => id).filter((id) => !alone.has(id));
	const named = fromFile?.filter((group) => scope.groups?.includes(group) ?? true) ?? scope.groups;
	const unread = unreadOf(choice, named ?? [], { mine, alone, groups, partitions, scope });
	const refused = new Set(unread.filter(({ at }) => at === null).map(({ group }) => group));
	const names = (named ?? movable).filter((group) => mine(group) && !alone.has(group) && !refused.has(group));
	const { committed, unreadable } = await readCommitted(io.to, names);
	const wanted = partitions.filter(chosen(scope.topics));
	const pairs =
		choice.to === 'rows'
			? pairsOfFile(choice, names, wanted)
			: names.map((group) => pairsOf(group, wanted, committed, scope));
	return {
		resets: await readFacts(io.to, choice, pairs, committed),
		unread,
		touched: new Set(pairs.filter(({ of }) => of.length > 0).map(({ group }) => group)),
		groups,
		committed,
		unreadable,
		alone: scope.groups || fromFile ? new Map() : alone,
	};
}

/** What a person or a file names and kdr does not set; a file is refused row by row. */
function unreadOf(
	choice: Reset,
	named: readonly string[],
	{
		mine,
		alone,
		groups,
		partitions,
		scope,
	}: {
		mine: (group: string) => boolean;
		alone: ReadonlyMap<string, string>;
		groups: readonly Group[];
		partitions: readonly TopicPartition[];
		scope: ResetScope;
	},
): UnreadPosition[] {
	const there = new Set(groups.map(({ id }) => id));
	const why = (group: string): string | null => {
		if (!mine(group)) return "not a group of the link: kdr.yaml's groups leave it out";
		return alone.get(group) ?? (choice.to === 'rows' && !there.has(group) ? 'no such group there' : null);
	};
	const whole = named.flatMap((group) => {
		const reason = alone.has(group) && choice.to !== 'rows' ? null : why(group);
		return reason === null ? [] : [{ group, at: null, why: reason }];
	});
	if (choice.to !== 'rows') return whole;
	const inLink = PartitionMap.from(partitions.map((at) => [at, true as const]));
	const inTopics = chosen(scope.topics);
	const refused = new Set(whole.map(({ group }) => group));
	const rows = choice.rows.flatMap(([group, topic, partition]): UnreadPosition[] => {
		const at = { topic, partition };
		if (refused.has(group) || !named.includes(group) || !inTopics(at) || inLink.has(at)) return [];
		return [{ group, at, why: 'not a partition of the link' }];
	});
	return [...whole, ...rows];
}

interface Place extends TopicPartition {
	/** Offset the file gives. */
	given?: bigint;
}

interface PairsOf {
	group: string;
	of: readonly Place[];
}

function pairsOfFile(
	{ rows }: Extract<Reset, { to: 'rows' }>,
	names: readonly string[],
	wantedPartitions: readonly TopicPartition[],
): PairsOf[] {
	const known = new Set(names);
	const inLink = PartitionMap.from(wantedPartitions.map((at) => [at, true as const]));
	const wanted = rows.filter(([group, topic, partition]) => known.has(group) && inLink.has({ topic, partition }));
	return [...Map.groupBy(wanted, ([group]) => group)].map(([group, of]) => ({
		group,
		of: of.map(([, topic, partition, given]) => ({ topic, partition, given })),
	}));
}

function pairsOf(group: string, wanted: readonly TopicPartition[], committed: Committed, scope: ResetScope): PairsOf {
	const own = committed.get(group);
	const all = scope.groups !== undefined && scope.topics !== undefined;
	return { group, of: wanted.filter((at) => all || own?.has(at)) };
}

async function readFacts(
	to: Side,
	choice: Reset,
	pairs: readonly PairsOf[],
	committed: Committed,
): Promise<Iterable<ResetPartition>> {
	const places = new PartitionMap<null>();
	for (const { of } of pairs) for (const at of of) places.set(at, null);
	const [edges, times] = await Promise.all([
		to.records.edges([...places.keys()]),
		choice.to === 'time' ? to.records.offsetsAt(places.map(() => BigInt(choice.at))) : null,
	]);
	const resetOf = (group: string, place: Place, own: CommittedOffset | undefined): ResetPartition => {
		const { topic, partition, given } = place;
		const edge = edges.get(place);
		const time = times?.get(place);
		const failed = edge && !edge.ok ? edge : time && !time.ok ? time : undefined;
		const priorMetadata = own?.metadata ?? '';
		if (!edge?.ok || failed)
			return {
				group,
				topic,
				partition,
				facts: null,
				why: failed?.error.message ?? 'its log was not readable',
				priorMetadata,
			};
		const found = given ?? (time?.ok ? time.value : null);
		return {
			group,
			topic,
			partition,
			facts: { prior: own?.offset ?? null, target: edge.value, found },
			why: '',
			priorMetadata,
		};
	};
	return {
		*[Symbol.iterator]() {
			for (const { group, of } of pairs) {
				const own = committed.get(group);
				for (const place of of) yield resetOf(group, place, own?.get(place));
			}
		},
	};
}
