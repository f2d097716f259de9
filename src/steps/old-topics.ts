import { type OldTopic, observeOldTopics } from '../observe/old-topics.ts';
import type { StepContext, StepIo } from './kind.ts';

/** As the run recorded it at its beginning; for a preview, as the world is now. */
export const oldTopicsOf = async (io: StepIo, ctx: StepContext): Promise<OldTopic[]> =>
	ctx.output('oldTopics') ?? observeOldTopics(io, ctx.link);
