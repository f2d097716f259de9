import fc from 'fast-check';
import { expect, test } from 'vitest';
import { KdrError } from '../../../../src/domain/errors/kdr-error.ts';
import { type CsvRow, formulas, readCsv, writeCsv } from '../../../../src/domain/offsets/csv.ts';

const row = (group: string, topic = 'orders', partition = 0, offset = 7n): CsvRow => ({
	group,
	topic,
	partition,
	offset,
});

const problem = (work: () => unknown): string => {
	try {
		work();
	} catch (thrown) {
		if (thrown instanceof KdrError && thrown.code === 'KDR_USAGE') return thrown.message;
		throw thrown;
	}
	throw new Error('nothing was refused');
};

/** What the tool of Kafka 4.3.1 printed for the same groups. */
const golden = `"=plain-and-longer-than-24-characters",orders,0,0
"a,b ""c"" d",orders,0,0
"a,b ""c"" d",orders,1,0
short,orders,0,0
`;

test('rows are written to the byte as the Java tool writes them', () => {
	const rows = [
		row('=plain-and-longer-than-24-characters', 'orders', 0, 0n),
		row('a,b "c" d', 'orders', 0, 0n),
		row('a,b "c" d', 'orders', 1, 0n),
		row('short', 'orders', 0, 0n),
	];
	expect(writeCsv(rows, false)).toBe(golden);
	expect(writeCsv(rows.slice(3), true)).toBe('orders,0,0\n');
	expect(readCsv(golden, undefined)).toEqual(rows);
});

test('what was written is read back, whatever the names hold', () => {
	const group = fc.string({ minLength: 1, maxLength: 40, unit: 'binary' }).filter((text) => !/[\r\n]/.test(text));
	const rows = fc.uniqueArray(
		fc.record({
			group,
			topic: fc.stringMatching(/^[a-zA-Z0-9._-]{1,30}$/),
			partition: fc.nat(9_999),
			offset: fc.bigInt(0n, 2n ** 63n - 1n),
		}),
		{ minLength: 1, maxLength: 6, selector: (one) => JSON.stringify([one.group, one.topic, one.partition]) },
	);
	fc.assert(
		fc.property(rows, (all) => {
			expect(readCsv(writeCsv(all, false), undefined)).toEqual(all);
		}),
	);
	fc.assert(
		fc.property(rows, ([one]) => {
			if (one) expect(readCsv(writeCsv([one], true), one.group)).toEqual([one]);
		}),
	);
});

test('a group name with a line break cannot smuggle a row into the file', () => {
	expect(problem(() => writeCsv([row('innocent\nbilling,orders,0,0')], false))).toContain('line break');
});

test('names that a spreadsheet would run are reported, and written as they are', () => {
	const rows = [row('=1+1'), row('@SUM(A1)'), row('-x'), row('billing')];
	expect(formulas(rows)).toEqual(['=1+1', '@SUM(A1)', '-x']);
	expect(readCsv(writeCsv(rows.slice(0, 1), false), undefined)).toEqual(rows.slice(0, 1));
});

test('each wrong row is named by its line', () => {
	expect(problem(() => readCsv('orders,0,5\n', undefined))).toContain('line 1 of the CSV file has no group');
	expect(problem(() => readCsv('g,orders,0,5\ng,orders,x,5\n', undefined))).toContain(
		'line 2 of the CSV file has no partition number',
	);
	expect(problem(() => readCsv('g,orders,0,1e3\n', undefined))).toContain('has no offset');
	expect(problem(() => readCsv('g,"orders,0,5\n', undefined))).toContain('a quote that does not end');
	expect(problem(() => readCsv('g,orders,0,5,6\n', undefined))).toContain('is not a row');
	expect(problem(() => readCsv('g,orders,0,5\ng,orders,0,6\n', undefined))).toContain('a second time');
	expect(problem(() => readCsv('\n', undefined))).toContain('no rows');
});

test('a byte order mark is no part of a group, UTF-16 is refused, and -1 is refused by line', () => {
	expect(readCsv('\uFEFFbilling,orders,0,20\n', undefined)).toEqual([
		{ group: 'billing', topic: 'orders', partition: 0, offset: 20n },
	]);
	const utf16 = Buffer.from('billing,orders,0,20\n', 'utf16le').toString('utf8');
	expect(() => readCsv(utf16, undefined)).toThrow('not UTF-8');
	expect(() => readCsv('billing,orders,0,20\nbilling,orders,1,-1\n', undefined)).toThrow(/^line 2 .*-1 means/);
});

test('UTF-16 is refused with and without its mark, in either byte order, quoted or not', () => {
	const texts = ['billing,orders,0,20\n', '"a,b ""c"" d",orders,0,0\n'];
	for (const text of texts.flatMap((one) => [one, `\uFEFF${one}`])) {
		const little = Buffer.from(text, 'utf16le');
		for (const bytes of [little, Buffer.from(little).swap16()])
			expect(() => readCsv(bytes.toString('utf8'), undefined)).toThrow('not UTF-8');
	}
});

test('a mark before a quote, Windows line ends and a header are read or refused by line', () => {
	const marked = '\uFEFF"a,b ""c"" d",orders,0,0\r\nshort,orders,1,5\r\n';
	expect(readCsv(marked, undefined)).toEqual([row('a,b "c" d', 'orders', 0, 0n), row('short', 'orders', 1, 5n)]);
	const header = 'GROUP,TOPIC,PARTITION,NEW-OFFSET\nshort,orders,1,5\n';
	expect(problem(() => readCsv(header, undefined))).toContain('line 1 of the CSV file has no partition number');
});
