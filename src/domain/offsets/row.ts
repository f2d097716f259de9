import { z } from 'zod';
import type { TopicPartition } from '../kafka/partition.ts';
import { int64 } from '../run/outputs.ts';

/** How an offset is known. `earliest`: nothing known, all is read again; `policy`: a person's choice; `restored`: as it was before a run. */
export const proofs = ['exact', 'bounded', 'earliest', 'policy', 'restored'] as const;

/** One offset to set, and what stands there before. */
export interface OffsetRow extends TopicPartition {
	group: string;
	/** Committed before; null: nothing. */
	prior: bigint | null;
	/** Text beside the prior offset. */
	priorMetadata: string;
	/** To be committed; null: the commit is to be deleted. */
	offset: bigint | null;
	metadata: string;
	proof: (typeof proofs)[number];
	/** Upper bound on records read again. */
	rereadAtMost: bigint;
	evidence: string;
}

/** partition, prior, text beside it, offset, text beside it, proof, read again at most, evidence. */
const cells = z.tuple([
	z.number().int().nonnegative(),
	int64.nullable(),
	z.string(),
	int64.nullable(),
	z.string(),
	z.enum(proofs),
	int64,
	z.string(),
]);

/** Rows as the journal keeps them: names once per group and topic, because a plan of 100,000 rows is one entry of at most 16 MiB. */
export const offsetRows = z.codec(
	z.array(z.object({ group: z.string(), topic: z.string(), rows: z.array(cells) })),
	z.custom<OffsetRow[]>(Array.isArray),
	{
		decode: (blocks) =>
			blocks.flatMap(({ group, topic, rows }) =>
				rows.map(([partition, prior, priorMetadata, offset, metadata, proof, rereadAtMost, evidence]) => ({
					...{ group, topic, partition, prior, priorMetadata, offset, metadata, proof, rereadAtMost, evidence },
				})),
			),
		encode: (all) =>
			[...Map.groupBy(all, ({ group }) => group)].flatMap(([group, ofGroup]) =>
				[...Map.groupBy(ofGroup, ({ topic }) => topic)].map(([topic, rows]) => ({ group, topic, rows: rows.map(cellsOf) })),
			),
	},
);

const cellsOf = (row: OffsetRow): z.infer<typeof cells> => [
	row.partition,
	row.prior,
	row.priorMetadata,
	row.offset,
	row.metadata,
	row.proof,
	row.rereadAtMost,
	row.evidence,
];

/** What is left as it is, and why: a whole group, or one of its partitions. */
export const refusal = z.object({
	group: z.string(),
	/** Topic and partition; absent: the whole group. */
	at: z.string().optional(),
	code: z.string(),
	why: z.string(),
});
export type Refusal = z.infer<typeof refusal>;

/** e.g. `group billing`, `group billing, orders 3`. */
export const itemOf = ({ group, at }: Pick<Refusal, 'group' | 'at'>): string => `group ${group}${at === undefined ? '' : `, ${at}`}`;

/** A change of committed offsets. */
export const offsetChange = z.object({ rows: offsetRows, refused: z.array(refusal) });
export type OffsetChange = z.infer<typeof offsetChange>;

/** The change that takes this one back: what was there before, and nothing where nothing was. */
export function reversed({ rows }: OffsetChange): OffsetChange {
	return {
		refused: [],
		rows: rows.map((row) => ({
			...row,
			prior: row.offset,
			priorMetadata: row.metadata,
			offset: row.prior,
			metadata: row.priorMetadata,
			proof: 'restored',
			rereadAtMost: row.prior !== null && row.offset !== null && row.prior < row.offset ? row.offset - row.prior : 0n,
			evidence: 'as it was before',
		})),
	};
}
