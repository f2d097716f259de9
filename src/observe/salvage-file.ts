import type { LinkConfig } from '../domain/config/link.ts';
import { KdrError } from '../domain/errors/kdr-error.ts';
import { byPartition, PartitionMap } from '../domain/kafka/partition.ts';
import type { KafkaRecord } from '../domain/kafka/record.ts';
import type { World } from '../ports/world.ts';
import type { TailSource } from './salvage.ts';
import { moveWithTail, type Tail } from './tails.ts';

/** Where the records of one partition lie in a file: one stretch. */
interface Stretch {
	/** Byte at which the first begins. */
	at: number;
	first: bigint;
	last: bigint;
}

/**
 * The tail as a file holds it: the cluster it came from may be gone or rebuilt. Where its move is the newest one, what was
 * written on the active cluster since its cut is compared; otherwise all there is.
 */
export async function tailsInFile(world: World, link: LinkConfig, active: string, path: string): Promise<TailSource> {
	const { cluster, stretches } = await indexOf(world, path);
	const left = await moveWithTail(world, link);
	const mine = left?.returned === cluster && left.active === active ? left : null;
	const side = world.side(active);
	const [edges, compacted] = await Promise.all([
		side.records.edges([...stretches.keys()]),
		side.cluster.compacted(stretches.topics()),
	]);
	const tails: Tail[] = [];
	const unknown: TailSource['unknown'] = [];
	for (const [where, { first, last }] of stretches) {
		const edge = edges.get(where);
		if (!edge?.ok) {
			const missing = !edge || edge.error.code === 'KDR_TOPIC_MISSING';
			const reason = missing ? `${active} has no such partition` : `the log of ${active} was not readable`;
			unknown.push({ ...where, reason });
		} else {
			const cut = mine?.cuts.get(where)?.to ?? edge.value.logStart;
			tails.push({
				...where,
				from: first,
				to: last + 1n,
				evidence: `file ${path}`,
				doubtful: 0,
				cut,
				compacted: compacted.has(where.topic),
			});
		}
	}
	const read = (tail: Tail) => stretchOf(world, path, tail, stretches.get(tail));
	return {
		run: mine?.run ?? null,
		returned: cluster,
		active,
		tails: tails.sort(byPartition),
		unknown,
		quarantine: left?.quarantine ?? [],
		read,
	};
}

/** Reads the whole file once: every checksum, and where each partition lies. */
async function indexOf(world: World, path: string): Promise<{ cluster: string; stretches: PartitionMap<Stretch> }> {
	const stretches = new PartitionMap<Stretch>();
	let cluster: string | undefined;
	for await (const { cluster: of, record, at } of world.salvaged.read(path)) {
		cluster ??= of;
		const known = stretches.get(record);
		if (of !== cluster || (known && record.offset <= known.last))
			throw new KdrError('KDR_FILE_BROKEN', `${path}: its records are not in the order of an export`);
		stretches.set(
			record,
			known ? { ...known, last: record.offset } : { at, first: record.offset, last: record.offset },
		);
	}
	return { cluster: cluster ?? '', stretches };
}

async function* stretchOf(
	world: World,
	path: string,
	tail: Tail,
	stretch: Stretch | undefined,
): AsyncIterable<KafkaRecord> {
	if (!stretch) return;
	for await (const { record } of world.salvaged.read(path, stretch.at)) {
		if (record.topic !== tail.topic || record.partition !== tail.partition) continue;
		yield record;
		if (record.offset >= stretch.last) return;
	}
}
