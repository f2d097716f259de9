import { describe, expect, it } from 'vitest';
import { identityOf } from '../../../../src/lab/ledger/identity.ts';
import type { RawBatch } from '../../../../src/lab/ledger/log-scan.ts';
import { LogScan } from '../../../../src/lab/ledger/log-scan.ts';

const transactional = 0x10;
const control = 0x20;

function data(firstOffset: bigint, producerId: bigint, attributes = transactional): RawBatch {
	const headers = [[Buffer.from('kdr-id'), Buffer.from(`maker.${firstOffset}`)]] as const;
	const record = { offsetDelta: 0, key: Buffer.from('k'), value: Buffer.from(`maker.${firstOffset} text`), headers };
	return { firstOffset, attributes, producerId, records: [record] };
}

function marker(firstOffset: bigint, producerId: bigint, type: 'abort' | 'commit'): RawBatch {
	const key = Buffer.from([0, 0, 0, type === 'commit' ? 1 : 0]);
	return {
		firstOffset,
		attributes: transactional | control,
		producerId,
		records: [{ offsetDelta: 0, key, value: null, headers: [] }],
	};
}

function states(...batches: RawBatch[]): string[] {
	const scan = new LogScan();
	for (const batch of batches) scan.add(batch);
	return scan.records.map(({ offset, state }) => `${offset} ${state}`);
}

describe('reading a log for the ledger', () => {
	it('shows what was committed, hides what was aborted, and leaves open what has not ended, per producer', () => {
		const seen = states(
			data(0n, 1n),
			data(1n, 2n),
			marker(2n, 1n, 'abort'),
			data(3n, 1n),
			marker(4n, 2n, 'commit'),
			data(5n, 9n, 0),
		);
		expect(seen).toEqual(['0 aborted', '1 visible', '3 open', '5 visible']);
	});

	it('starts again after a marker: the next transaction of the producer is judged by its own end', () => {
		expect(states(data(0n, 1n), marker(1n, 1n, 'abort'), data(2n, 1n), marker(3n, 1n, 'commit'))).toEqual([
			'0 aborted',
			'2 visible',
		]);
	});

	it('knows a tombstone by its header, a Java record by its value, and takes no foreign record for its own', () => {
		const header = Buffer.from('maker.7');
		expect(identityOf({ value: null, header })).toEqual({ id: 'maker.7', damaged: false });
		expect(identityOf({ value: Buffer.from('1763724558.17'), header: null })).toEqual({
			id: 'java:1763724558.17',
			damaged: false,
		});
		expect(identityOf({ value: Buffer.from('{"order":1}'), header: null })).toEqual({ id: null, damaged: false });
	});

	it('calls a record damaged whose header and value name different records', () => {
		expect(identityOf({ value: Buffer.from('maker.8 text'), header: Buffer.from('maker.7') })).toEqual({
			id: null,
			damaged: true,
		});
	});
});
