/** MirrorMaker 2's byte formats (OffsetSync.java, Checkpoint.java): big-endian, STRING = INT16 length + UTF-8. */
const text = (value: string): Buffer => {
	const body = Buffer.from(value, 'utf8');
	const length = Buffer.alloc(2);
	length.writeInt16BE(body.length);
	return Buffer.concat([length, body]);
};

const int32 = (value: number): Buffer => {
	const out = Buffer.alloc(4);
	out.writeInt32BE(value);
	return out;
};

const int64 = (value: bigint): Buffer => {
	const out = Buffer.alloc(8);
	out.writeBigInt64BE(value);
	return out;
};

export const offsetSyncRecord = (topic: string, partition: number, upstream: bigint, downstream: bigint) => ({
	key: Buffer.concat([text(topic), int32(partition)]),
	value: Buffer.concat([int64(upstream), int64(downstream)]),
});

export const checkpointRecord = (
	group: string,
	topic: string,
	partition: number,
	upstream: bigint,
	downstream: bigint,
	metadata: string,
) => ({
	key: Buffer.concat([text(group), text(topic), int32(partition)]),
	value: Buffer.concat([Buffer.from([0, 0]), int64(upstream), int64(downstream), text(metadata)]),
});
