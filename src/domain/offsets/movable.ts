/** Why a group's offsets are not kdr's to move; null: they are. Brokers that name no type know classic groups only. */
export function leftAlone({ id, type, protocol }: { id: string; type: string; protocol?: string }): string | null {
	if (type === 'share') return 'share group: its positions are not committed offsets';
	if (type === 'streams') return 'streams group: its state would not fit moved offsets';
	if (id.startsWith('connect-') || protocol === 'connect')
		return "Connect's group: sink connectors keep their own offsets, use Connect's offsets API";
	// Groups that hold nothing but an administrator's commits have no protocol.
	if (protocol !== undefined && protocol !== '' && protocol !== 'consumer')
		return `group of protocol "${protocol}": its members are no consumers`;
	return null;
}
