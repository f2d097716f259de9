import type { PlaceFacts } from './place.ts';

/** What is special about a group's position in one partition; null: nothing. Said beside the proof, so that none is silent. */
export function situationOf({ source, sourceLog, checkpoint, prior, committed }: PlaceFacts): string | null {
	if (source === null && committed === false) return 'never committed there';
	if (source !== null && sourceLog && source > sourceLog.end)
		return `beyond the log end ${sourceLog.end}: truncated or created again`;
	if (source !== null && sourceLog && source < sourceLog.logStart)
		return `expired: the source begins at ${sourceLog.logStart}`;
	if (checkpoint && prior !== null && checkpoint.downstream < prior) return "behind the standby's own commit";
	return checkpoint ? null : 'no checkpoint';
}

/** Why a group's offsets are not kdr's to move; null: they are. */
export function leftAlone({ id, type }: { id: string; type: string }): string | null {
	if (type === 'share') return 'share group: its positions are not committed offsets';
	if (type === 'streams') return 'streams group: its state would not fit moved offsets';
	if (id.startsWith('connect-'))
		return "Connect's group: sink connectors keep their own offsets, use Connect's offsets API";
	return null;
}
