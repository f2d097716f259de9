import { z } from 'zod';
import type { TopicPartition } from '../kafka/partition.ts';
import type { ItemFailure } from '../run/events.ts';

/** How an offset is known. `earliest`: nothing known, all is read again; `policy`: a person's choice; `restored`: as it was before a run. */
export const proofs = ['exact', 'bounded', 'earliest', 'policy', 'restored'] as const;

/**
 * One group's position in one partition, by the topic's name on the cluster we move to. Every stage of the pipeline adds to it:
 * read → locate → translate → decide → row.
 */
export interface GroupPartition extends TopicPartition {
	group: string;
}

/** One offset to set, and the one there before. */
export interface OffsetRow extends GroupPartition {
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

/** Proof, text beside the prior offset, text beside the new one, evidence: many rows share them. */
const texts = z.tuple([z.enum(proofs), z.string(), z.string(), z.string()]);

/** `partition prior offset reread texts`, `-` for none; `texts` is an index. */
const cells = /^(\d{1,9}) (-|-?\d{1,19}) (-|-?\d{1,19}) (\d{1,19}) (\d{1,7})$/;

const onWire = z.object({
	texts: z.array(texts),
	/** Rows of one topic of a group, with `;` between. */
	groups: z.array(z.object({ group: z.string(), topic: z.string(), rows: z.string() })),
});

/** Rows as the journal keeps them. A plan of a million is one entry, read again with every look at the journal: so nothing is written twice. */
export const offsetRows = z.codec(onWire, z.custom<OffsetRow[]>(Array.isArray), {
	decode: (wire, ctx) => {
		const rows: OffsetRow[] = [];
		for (const { group, topic, rows: text } of wire.groups) {
			for (const line of text.split(';')) {
				const row = rowOf(group, topic, line, wire.texts);
				if (row) rows.push(row);
				else ctx.issues.push({ code: 'custom', input: line, message: `no offset of group ${group}: ${line}` });
			}
		}
		return rows;
	},
	encode: (all) => {
		const known = textIndex();
		const groups = [...Map.groupBy(all, ({ group }) => group)].flatMap(([group, ofGroup]) =>
			[...Map.groupBy(ofGroup, ({ topic }) => topic)].map(([topic, rows]) => {
				return { group, topic, rows: rows.map((row) => cellsOf(row, known.of(row))).join(';') };
			}),
		);
		return { texts: known.texts, groups };
	},
});

/** Numbers texts in the order of their first row. */
function textIndex(): { texts: z.infer<typeof texts>[]; of(row: OffsetRow): number } {
	const known = new Map<string, number>();
	const all: z.infer<typeof texts>[] = [];
	return {
		texts: all,
		of({ proof, priorMetadata, metadata, evidence }) {
			const before = all.at(-1);
			// Rows that follow one another mostly share them.
			if (before?.[0] === proof && before[1] === priorMetadata && before[2] === metadata && before[3] === evidence)
				return all.length - 1;
			const text: z.infer<typeof texts> = [proof, priorMetadata, metadata, evidence];
			const key = JSON.stringify(text);
			const index = known.get(key) ?? all.push(text) - 1;
			known.set(key, index);
			return index;
		},
	};
}

const cellsOf = ({ partition, prior, offset, rereadAtMost }: OffsetRow, text: number): string =>
	`${partition} ${prior ?? '-'} ${offset ?? '-'} ${rereadAtMost} ${text}`;

function rowOf(group: string, topic: string, line: string, known: readonly z.infer<typeof texts>[]): OffsetRow | null {
	const [, partition, prior, offset, rereadAtMost, index] = cells.exec(line) ?? [];
	const text = known[Number(index)];
	if (partition === undefined || prior === undefined || offset === undefined || rereadAtMost === undefined || !text)
		return null;
	const [proof, priorMetadata, metadata, evidence] = text;
	return {
		...{ group, topic, partition: Number(partition), prior: int(prior), priorMetadata, offset: int(offset), metadata },
		...{ proof, rereadAtMost: BigInt(rereadAtMost), evidence },
	};
}

const int = (text: string): bigint | null => (text === '-' ? null : BigInt(text));

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
export const itemOf = ({ group, at }: Pick<Refusal, 'group' | 'at'>): string =>
	`group ${group}${at === undefined ? '' : `, ${at}`}`;

/** Refusals as failed items of a run. */
export const refusedItems = (refused: readonly Refusal[]): ItemFailure[] =>
	refused.map((one) => ({ item: itemOf(one), code: one.code, message: one.why }));

/** A change of committed offsets. */
export const offsetChange = z.object({ rows: offsetRows, refused: z.array(refusal) });
export type OffsetChange = z.infer<typeof offsetChange>;

/** The change that undoes this one: what was there before, and nothing where nothing was. */
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
