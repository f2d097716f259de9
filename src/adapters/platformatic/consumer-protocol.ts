/**
 * Topics in what a classic consumer says of itself (ConsumerProtocolSubscription) and what its group's leader gave it
 * (ConsumerProtocolAssignment). Brokers keep both as bytes and leave them out while the group rebalances: null then, and
 * for bytes that are neither.
 */
export function consumerTopics(subscription: Buffer, assignment: Buffer): string[] | null {
	const found = [topicsOf(subscription, 0), topicsOf(assignment, 4)].filter((topics) => topics !== null);
	return found.length === 0 ? null : [...new Set(found.flat())].sort();
}

/** Both begin with a version and topics; in an assignment partitions of `itemBytes` each follow a topic. */
function topicsOf(bytes: Buffer, itemBytes: 0 | 4): string[] | null {
	if (bytes.length < 6) return null;
	try {
		const topics: string[] = [];
		let at = 6;
		for (let left = bytes.readInt32BE(2); left > 0; left--) {
			const end = at + 2 + bytes.readUInt16BE(at);
			if (end > bytes.length) return null;
			topics.push(bytes.toString('utf8', at + 2, end));
			at = itemBytes === 0 ? end : end + 4 + bytes.readInt32BE(end) * itemBytes;
		}
		return topics;
	} catch (thrown) {
		if (thrown instanceof RangeError) return null;
		throw thrown;
	}
}
