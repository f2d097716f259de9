import fc from 'fast-check';
import { expect, test } from 'vitest';
import { decodeFile, encodeFile, type SalvagedRecord } from '../../../../src/domain/salvage/file.ts';

const bytes = fc.uint8Array({ maxLength: 40 }).map((array) => Buffer.from(array));
const maybe = fc.option(bytes, { nil: null });
const int64 = fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n });
const salvaged: fc.Arbitrary<SalvagedRecord> = fc.record({
	cluster: fc.string(),
	record: fc.record({
		topic: fc.string({ unit: 'grapheme' }),
		partition: fc.nat(),
		offset: int64,
		timestamp: int64,
		timestampType: fc.constantFrom('create' as const, 'log-append' as const),
		key: maybe,
		value: maybe,
		headers: fc.array(fc.tuple(bytes, maybe), { maxLength: 3 }),
	}),
});

async function* each<T>(items: readonly T[]): AsyncIterable<T> {
	yield* items;
}

/** The file in pieces of these sizes, then the rest. */
function* pieces(file: Buffer, sizes: readonly number[]): Iterable<Buffer> {
	let at = 0;
	for (const size of sizes) {
		yield file.subarray(at, at + size);
		at += size;
	}
	yield file.subarray(at);
}

const encoded = async (records: readonly SalvagedRecord[]): Promise<Buffer> =>
	Buffer.concat(await Array.fromAsync(encodeFile(each(records))));
const decoded = (chunks: readonly Buffer[], from = 0) => Array.fromAsync(decodeFile('tail.bin', from, each(chunks)));

test('what is read is what was written, to the byte, however the file comes in pieces; and from any record on', async () => {
	await fc.assert(
		fc.asyncProperty(
			fc.array(salvaged, { maxLength: 8 }),
			fc.array(fc.integer({ min: 1, max: 50 })),
			async (records, sizes) => {
				const file = await encoded(records);
				const found = await decoded([...pieces(file, sizes)]);
				expect(found.map(({ at: _, ...record }) => record)).toEqual(records);
				for (const [index, { at }] of found.entries())
					expect((await decoded([file.subarray(at)], at)).map(({ record }) => record)).toEqual(
						records.slice(index).map(({ record }) => record),
					);
			},
		),
		{ numRuns: 200 },
	);
});

test('a file that was cut off anywhere, or in which any one byte was changed, is refused', async () => {
	const record = { topic: 'orders', partition: 1, offset: 7n, timestamp: 8n, timestampType: 'create' as const };
	const one = { cluster: 'east', record: { ...record, key: Buffer.from('k'), value: null, headers: [] } };
	const file = await encoded([one, one]);
	for (let length = 0; length < file.length; length++)
		await expect(decoded([file.subarray(0, length)]), `cut off at ${length}`).rejects.toMatchObject({
			code: 'KDR_FILE_BROKEN',
		});
	for (let at = 0; at < file.length; at++) {
		const changed = Buffer.from(file);
		changed[at] = (changed[at] ?? 0) ^ 0x10;
		await expect(decoded([changed]), `changed at ${at}`).rejects.toMatchObject({ code: 'KDR_FILE_BROKEN' });
	}
	await expect(decoded([Buffer.concat([file, file])])).rejects.toMatchObject({ code: 'KDR_FILE_BROKEN' });
});
