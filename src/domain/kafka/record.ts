/** One data record. Control records (transaction markers) are never given out. */
export interface KafkaRecord {
	topic: string;
	partition: number;
	offset: bigint;
	/** Milliseconds since the epoch; see `timestampType` for whose clock. */
	timestamp: bigint;
	timestampType: 'create' | 'log-append';
	key: Buffer | null;
	value: Buffer | null;
	headers: readonly (readonly [Buffer, Buffer | null])[];
}

/**
 * Whether two records are the same one on two clusters: MirrorMaker 2 passes key, value, headers and the source's
 * timestamp on unchanged (MirrorSourceTask.convertRecord). The timestamp says nothing where a topic stamps append time.
 */
export function sameContent(a: KafkaRecord, b: KafkaRecord): boolean {
	const stamped = a.timestampType === 'log-append' || b.timestampType === 'log-append';
	return (
		(stamped || a.timestamp === b.timestamp) &&
		sameBytes(a.key, b.key) &&
		sameBytes(a.value, b.value) &&
		a.headers.length === b.headers.length &&
		a.headers.every(([name, value], i) => {
			const other = b.headers[i];
			return other !== undefined && name.equals(other[0]) && sameBytes(value, other[1]);
		})
	);
}

function sameBytes(a: Buffer | null, b: Buffer | null): boolean {
	return a === null || b === null ? a === b : a.equals(b);
}

/** A producer's clock may be this much ahead of ours before its timestamps are not believed, ms. */
const clockSkew = 5_000;

/** Why the timestamp of a record does not show its age; null: it does. */
export function timestampDoubt({ timestamp }: Pick<KafkaRecord, 'timestamp'>, now: number): string | null {
	if (timestamp < 0n) return 'the record has no timestamp';
	return Number(timestamp) > now + clockSkew ? 'timestamps run ahead of the clock' : null;
}
