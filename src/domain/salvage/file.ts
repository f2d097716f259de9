import { crc32 } from 'node:zlib';
import { KdrError } from '../errors/kdr-error.ts';
import type { KafkaRecord } from '../kafka/record.ts';
import { Fields, type Value } from './fields.ts';

/**
 * A file of salvaged records, without loss (docs/salvage-file.md): the magic, then frames of INT32 length, body and CRC-32 of the
 * body, the last of which counts the records. Numbers are big-endian.
 */
const magic = Buffer.from('KDRTAIL1', 'latin1');
const recordBody = 1;
const endBody = 2;
/** A broker takes no record near this. */
const longestBody = 1 << 30;

/** A record with the cluster it came from. */
export interface SalvagedRecord {
	cluster: string;
	record: KafkaRecord;
}

export async function* encodeFile(records: AsyncIterable<SalvagedRecord>): AsyncIterable<Buffer> {
	yield magic;
	let count = 0n;
	for await (const { cluster, record } of records) {
		const { topic, partition, offset, timestamp, timestampType, key, value, headers } = record;
		const head: Value[] = [
			{ byte: recordBody },
			Buffer.from(cluster),
			Buffer.from(topic),
			{ int32: partition },
			{ int64: offset },
		];
		const stamp: Value[] = [{ int64: timestamp }, { byte: timestampType === 'create' ? 0 : 1 }];
		yield frame([...head, ...stamp, key, value, { int32: headers.length }, ...headers.flat()]);
		count++;
	}
	yield frame([{ byte: endBody }, { int64: count }]);
}

function frame(values: readonly Value[]): Buffer {
	const body = Fields.encode(values);
	const edge = (number: number): Buffer => {
		const four = Buffer.alloc(4);
		four.writeUInt32BE(number);
		return four;
	};
	return Buffer.concat([edge(body.length), body, edge(crc32(body))]);
}

/** A record and the byte its frame begins at. */
export type PlacedRecord = SalvagedRecord & { at: number };

/**
 * `name`: of the file, for messages. `from`: 0, or where a frame begins, with `chunks` from there. @throws KDR_FILE_BROKEN for what is
 * no such file, was changed, or is not whole
 */
export async function* decodeFile(
	name: string,
	from: number,
	chunks: AsyncIterable<Buffer>,
): AsyncIterable<PlacedRecord> {
	const broken = (why: string): KdrError =>
		new KdrError('KDR_FILE_BROKEN', `${name}: ${why}`, { hint: 'export the tail again, in the binary format' });
	let count = 0n;
	let ended = false;
	for await (const { body, at } of bodiesOf(from, chunks, broken)) {
		if (ended) throw broken('something follows its end');
		const fields = new Fields(body, () => broken(`the record at byte ${at} cannot be read`));
		const kind = fields.byte();
		if (kind !== recordBody && kind !== endBody) throw broken(`made by a newer kdr (frame ${kind})`);
		if (kind === recordBody) {
			yield { ...recordFrom(fields), at };
			count++;
		} else {
			ended = true;
			if (from === 0 && fields.int64() !== count) throw broken('records are missing');
		}
	}
	if (!ended) throw broken('cut off');
}

function recordFrom(fields: Fields): SalvagedRecord {
	const [cluster, topic] = [fields.text(), fields.text()];
	const [partition, offset, timestamp] = [fields.int32(), fields.int64(), fields.int64()];
	const timestampType = fields.byte() === 0 ? 'create' : 'log-append';
	const [key, value] = [fields.bytes(), fields.bytes()];
	const headers = Array.from(
		{ length: fields.count() },
		() => [fields.bytes() ?? Buffer.alloc(0), fields.bytes()] as const,
	);
	fields.end();
	return { cluster, record: { topic, partition, offset, timestamp, timestampType, key, value, headers } };
}

/** The body of every frame, its checksum compared; at the beginning of a file the magic is. */
async function* bodiesOf(
	from: number,
	chunks: AsyncIterable<Buffer>,
	broken: (why: string) => KdrError,
): AsyncIterable<{ body: Buffer; at: number }> {
	let open = Buffer.alloc(0);
	let at = from;
	const pass = (bytes: number): void => {
		open = open.subarray(bytes);
		at += bytes;
	};
	for await (const chunk of chunks) {
		open = Buffer.concat([open, chunk]);
		if (at === 0) {
			if (!magic.subarray(0, open.length).equals(open.subarray(0, magic.length)))
				throw broken('not a file of salvaged records');
			if (open.length < magic.length) continue;
			pass(magic.length);
		}
		while (open.length >= 4) {
			const length = open.readUInt32BE();
			if (length > longestBody) throw broken('damaged');
			if (open.length < length + 8) break;
			const body = open.subarray(4, length + 4);
			if (open.readUInt32BE(length + 4) !== crc32(body)) throw broken('damaged');
			yield { body, at };
			pass(length + 8);
		}
	}
	if (open.length > 0 || at === 0) throw broken('cut off');
}
