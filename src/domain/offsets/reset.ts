import { z } from 'zod';
import type { TopicPartition } from '../kafka/partition.ts';
import { int64 } from '../run/outputs.ts';

/** Where a person sends groups, in the words of `kafka-consumer-groups --reset-offsets`. */
export const reset = z.discriminatedUnion('to', [
	z.object({ to: z.literal('earliest') }),
	z.object({ to: z.literal('latest') }),
	z.object({ to: z.literal('current') }),
	z.object({ to: z.literal('offset'), offset: int64 }),
	z.object({ to: z.literal('shift'), by: int64 }),
	/** First record at or after this time, ms since the epoch. */
	z.object({ to: z.literal('time'), at: z.number().int() }),
	/** Rows of a CSV file: group, topic, partition, offset. */
	z.object({
		to: z.literal('rows'),
		rows: z.array(z.tuple([z.string(), z.string(), z.number().int().nonnegative(), int64])),
	}),
]);
export type Reset = z.infer<typeof reset>;

/** What is known of one group and partition when a person's choice is turned into an offset. */
export interface ResetFacts {
	/** Committed now; null: nothing. */
	prior: bigint | null;
	target: { logStart: bigint; end: bigint };
	/** What the look-up by time or the file's row gives; null: no record is that new. */
	found: bigint | null;
}

/** The offset a choice means, always within the log; null, with why, when it means none. */
export function placeReset(
	choice: Reset,
	{ prior, target, found }: ResetFacts,
): { offset: bigint | null; evidence: string } {
	const { logStart, end } = target;
	switch (choice.to) {
		case 'earliest':
			return { offset: logStart, evidence: 'log start' };
		case 'latest':
			return { offset: end, evidence: 'log end' };
		case 'current':
			return prior === null
				? { offset: end, evidence: 'no commit there: log end' }
				: within(prior, target, 'its commit there');
		case 'offset':
			return within(choice.offset, target, `offset ${choice.offset}`);
		case 'shift':
			if (prior === null) return { offset: null, evidence: 'no commit there to shift' };
			return within(
				prior + choice.by,
				target,
				`${prior} ${choice.by < 0n ? '-' : '+'} ${choice.by < 0n ? -choice.by : choice.by}`,
			);
		case 'time': {
			const when = new Date(choice.at).toISOString();
			if (found === null) return { offset: end, evidence: `no record at or after ${when}: log end` };
			return within(found, target, `first record at or after ${when}`);
		}
		case 'rows':
			return found === null ? { offset: null, evidence: 'not in the file' } : within(found, target, 'from the file');
	}
}

function within(
	offset: bigint,
	{ logStart, end }: ResetFacts['target'],
	evidence: string,
): { offset: bigint; evidence: string } {
	if (offset > end) return { offset: end, evidence: `${evidence}, beyond the log end` };
	return offset < logStart ? { offset: logStart, evidence: `${evidence}, before the log start` } : { offset, evidence };
}

/** Topics a command is about: all partitions of each, or those named. */
export const topicChoice = z.object({
	topic: z.string(),
	partitions: z.array(z.number().int().nonnegative()).nullable(),
});
export type TopicChoice = z.infer<typeof topicChoice>;

/** Whether the choice holds the partition; no choice holds all. */
export function chosen(choices: readonly TopicChoice[] | undefined): (at: TopicPartition) => boolean {
	if (!choices) return () => true;
	return ({ topic, partition }) =>
		choices.some(
			(choice) => choice.topic === topic && (choice.partitions === null || choice.partitions.includes(partition)),
		);
}
