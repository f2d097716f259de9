/** Why a group's offsets are not kdr's to move; null: they are. */
export function leftAlone({ id, type }: { id: string; type: string }): string | null {
	if (type === 'share') return 'share group: its positions are not committed offsets';
	if (type === 'streams') return 'streams group: its state would not fit moved offsets';
	if (id.startsWith('connect-'))
		return "Connect's group: sink connectors keep their own offsets, use Connect's offsets API";
	return null;
}
