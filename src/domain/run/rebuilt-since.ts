import { roleOf } from './roles.ts';
import type { RunState } from './state.ts';

/** True when a later run has begun to delete the topics of the cluster that this move left: its journalled offsets mean nothing any more. */
export function rebuiltSince(runs: readonly RunState[], { startedAt, move }: RunState): boolean {
	return runs.some(
		(later) =>
			later.startedAt > startedAt &&
			later.move.from === move.from &&
			later.steps.some(({ step, intents }) => roleOf(step) === 'deletes-topics' && intents.length > 0),
	);
}
