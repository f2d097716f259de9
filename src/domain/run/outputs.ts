import { z } from 'zod';
import { PartitionMap } from '../kafka/partition.ts';

/** int64 on the wire: a decimal string; bigint inside. */
export const int64 = z.codec(z.string().regex(/^-?\d{1,19}$/), z.bigint(), {
	decode: (text) => BigInt(text),
	encode: (value) => String(value),
});

const at = { topic: z.string(), partition: z.number().int().nonnegative() };

/** See `cuts`. */
export interface Cut {
	from: bigint | null;
	to: bigint;
}

/**
 * Where the old direction ended and the new one starts, per partition. `from`: the offset on the cluster we leave up to which
 * everything is on `to` (its log end when drained, the mirrored position + 1 otherwise); null when not known. `to`: log end on
 * the cluster we move to.
 */
export const cuts = z.codec(
	z.array(z.object({ ...at, from: int64.nullable(), to: int64 })),
	z.custom<PartitionMap<Cut>>((value) => value instanceof PartitionMap),
	{
		decode: (rows) =>
			PartitionMap.from(
				rows.map(
					({ topic, partition, from, to }) =>
						[
							{ topic, partition },
							{ from, to },
						] as const,
				),
			),
		encode: (map) => [...map].map(([where, cut]) => ({ ...where, ...cut })),
	},
);

/** Where the logs of a fenced cluster ended, per partition: what its clients wrote lies before. */
export const tailEnds = z.codec(
	z.array(z.object({ ...at, end: int64 })),
	z.custom<PartitionMap<bigint>>((value) => value instanceof PartitionMap),
	{
		decode: (rows) => PartitionMap.from(rows.map(({ end, ...where }) => [where, end] as const)),
		encode: (map) => [...map].map(([where, end]) => ({ ...where, end })),
	},
);

/** The groups' last commits on the cluster we leave, read after their members were evicted. */
export const sourceCommits = z.array(z.object({ group: z.string(), ...at, offset: int64, metadata: z.string() }));

/** Groups that were still reading when their members were evicted: what they processed since their last commit nobody knows. */
export const movingGroups = z.array(z.string());

/** What the numbers of a plan of offsets add up to. */
export const offsetTotals = z.object({
	groups: z.number().int(),
	partitions: z.number().int(),
	exact: z.number().int(),
	bounded: z.number().int(),
	unknown: z.number().int(),
	/** Upper bound on records read again, over the bounded ones; null when unknown. */
	rereadAtMost: int64.nullable(),
	/** The same per group, worst first. */
	worst: z.array(z.object({ group: z.string(), rereadAtMost: int64.nullable() })),
});

/** What is lost at most if `from` never comes back; null means unknown. */
export const loss = z.object({
	recordsAtMost: int64.nullable(),
	/** Milliseconds of writes. */
	msAtMost: z.number().nullable(),
	evidence: z.string(),
	worst: z.string().nullable(),
});

/**
 * Topics as they were before a rebuild deleted them, by their ids: what is there under another id was created since and is never deleted.
 * `own`: MirrorMaker 2's own memory of the old logs, which it makes again by itself.
 */
export const oldTopics = z.array(
	z.object({
		cluster: z.string(),
		name: z.string(),
		id: z.string(),
		partitions: z.number().int(),
		replicationFactor: z.number().int(),
		settings: z.record(z.string(), z.string()),
		own: z.boolean(),
	}),
);

/** Named outputs of steps: what a later step or the report may use. */
export const outputSchemas = { cuts, tailEnds, sourceCommits, movingGroups, offsetTotals, loss, oldTopics } as const;

export type OutputName = keyof typeof outputSchemas;
export type Outputs = { [N in OutputName]: z.infer<(typeof outputSchemas)[N]> };
