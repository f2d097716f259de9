import type { PartitionMap } from '../../domain/kafka/partition.ts';
import type { CommittedOffset } from '../../ports/group-offsets.ts';
import type { Side } from '../../ports/world.ts';

/** What groups have committed on one cluster. */
export type Committed = ReadonlyMap<string, PartitionMap<CommittedOffset>>;

/** What groups have committed, and those whose commits could not be read. */
export async function readCommitted(
	side: Side,
	groups: readonly string[],
): Promise<{ committed: Map<string, PartitionMap<CommittedOffset>>; unreadable: string[] }> {
	const committed = new Map<string, PartitionMap<CommittedOffset>>();
	const unreadable: string[] = [];
	for (const [group, item] of await side.groups.committed(groups)) {
		if (item.ok) committed.set(group, item.value);
		else unreadable.push(group);
	}
	return { committed, unreadable };
}
