import { z } from 'zod';
import { plannedFacts } from './plan-file.ts';
import { reset, topicChoice } from './reset.ts';

/** How offsets are chosen. */
export const methods = ['auto', 'exact', 'syncs', 'checkpoint', 'timestamp', 'same'] as const;
export type Method = (typeof methods)[number];

/** What is done where nothing is known; `none` leaves such a partition as it is and says so. */
export const policies = ['none', 'earliest', 'latest', 'skip'] as const;
export type Policy = (typeof policies)[number];

/** Parameters of `offsets-commit`. */
export const offsetsParams = z.object({
	method: z
		.enum(methods)
		.default('auto')
		.describe(
			"How offsets are translated. `auto`: the best that can be proven; `exact`: only what is proven; `syncs`: MirrorMaker 2's raw offset-syncs; `checkpoint`: MirrorMaker 2's checkpoints alone; `timestamp`: by the records' time; `same`: the same offset, where offsets are proven to mean the same.",
		),
	conservative: z
		.boolean()
		.default(false)
		.describe("With `syncs`: by MirrorMaker 2's own rule, which needs no premise and reads more again."),
	reset: reset.optional().describe('A place chosen by a person instead of a method.'),
	groups: z.array(z.string()).optional().describe('Only these groups; default: all of the link.'),
	topics: z.array(topicChoice).optional().describe('Only these topics and partitions; default: all of the link.'),
	readAll: z
		.boolean()
		.default(false)
		.describe('Read the records around every position, whatever time and memory that takes.'),
	policy: z
		.enum(policies)
		.default('earliest')
		.describe('What to do with a position of which nothing is known; `none` leaves it as it is and says so.'),
	allowRewind: z
		.boolean()
		.default(true)
		.describe(
			"Set an offset below the standby's own commit: reads again, and undoes what MirrorMaker 2 skipped for a group that was moved back.",
		),
	syncStopped: z
		.boolean()
		.default(false)
		.describe("Check that MirrorMaker 2's sync of group offsets is stopped; runbooks have a step for that."),
	planned: plannedFacts.optional().describe('Facts of a saved plan: they must still hold.'),
});
export type OffsetsParams = z.infer<typeof offsetsParams>;
