import { z } from 'zod';
import { plannedFacts } from './plan-file.ts';
import { reset, topicChoice } from './reset.ts';

/** How offsets are chosen. */
export const methods = ['auto', 'exact', 'syncs', 'checkpoint', 'timestamp', 'same'] as const;
export type Method = (typeof methods)[number];

/** What is done where nothing is known; `none` leaves such a partition as it is and says so. */
export const policies = ['none', 'earliest', 'latest', 'skip'] as const;
export type Policy = (typeof policies)[number];

/** What `offsets-commit` is told. */
export const offsetsParams = z.object({
	/**
	 * `auto`: the best that can be proven; `exact`: only what is proven; `syncs`: MirrorMaker 2's raw offset-syncs; `checkpoint`: MirrorMaker 2's word alone; `timestamp`: by the
	 * records' time; `same`: the offset as it is, where offsets are proven to mean the same.
	 */
	method: z.enum(methods).default('auto'),
	/** With `syncs`: by MirrorMaker 2's own rule, which needs no premise and reads more again. */
	conservative: z.boolean().default(false),
	/** A place chosen by a person instead of a method. */
	reset: reset.optional(),
	/** Only these groups; absent: all of the link. */
	groups: z.array(z.string()).optional(),
	/** Only these topics and partitions; absent: all of the link. */
	topics: z.array(topicChoice).optional(),
	/** What is done with a position of which nothing is known. */
	policy: z.enum(policies).default('earliest'),
	/** Set an offset below the standby's own commit: reads again, and undoes what MirrorMaker 2 skipped for a group that was taken back. */
	allowRewind: z.boolean().default(true),
	/** Look whether MirrorMaker 2's sync of group offsets is stopped; a runbook has a step for that. */
	syncStopped: z.boolean().default(false),
	/** A saved plan's facts: they must still hold. */
	planned: plannedFacts.optional(),
});
export type OffsetsParams = z.infer<typeof offsetsParams>;
