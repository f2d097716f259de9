/** Header that carries a record's identity; the value repeats it, so that a damaged mirror shows. */
export const identityHeader = 'kdr-id';
/** Its bytes, as they are in the log. */
export const identityHeaderBytes = Buffer.from(identityHeader);

export interface Identity {
	/** Null where the record is none of the traffic's, or is damaged. */
	id: string | null;
	damaged: boolean;
}

/**
 * Who a record is. Traffic's own records say it in a header and, tombstones aside, again in the value's first word.
 * Kafka's VerifiableProducer writes no headers: its value `<prefix>.<number>` is the identity.
 */
export function identityOf(record: { value: Buffer | null; header: Buffer | null }): Identity {
	const value = record.value?.toString('utf8');
	if (record.header === null) {
		return value !== undefined && /^\d+\.\d+$/.test(value)
			? { id: `java:${value}`, damaged: false }
			: { id: null, damaged: false };
	}
	const id = record.header.toString('utf8');
	const damaged = value !== undefined && value.split(' ', 1)[0] !== id;
	return { id: damaged ? null : id, damaged };
}
