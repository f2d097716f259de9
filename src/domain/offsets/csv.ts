import { KdrError } from '../errors/kdr-error.ts';

/** One row of the CSV that `kafka-consumer-groups --reset-offsets --export` writes and `--from-file` reads. */
export interface CsvRow {
	group: string;
	topic: string;
	partition: number;
	offset: bigint;
}

/**
 * Rows as the Java tool writes them: no header, `group,topic,partition,offset`, and without the group when one `--group` was named.
 *
 * @throws KDR_USAGE for a group whose name holds a line break: the tool reads line by line, so the rest of the name would become a
 * row of its own
 */
export function writeCsv(rows: readonly CsvRow[], singleGroup: boolean): string {
	return rows
		.map(({ group, topic, partition, offset }) => {
			if (/[\r\n]/.test(group))
				throw new KdrError(
					'KDR_USAGE',
					`group ${JSON.stringify(group)} cannot be written as CSV: its name holds a line break`,
				);
			return `${[...(singleGroup ? [] : [group]), topic].map(quoted).join(',')},${partition},${offset}\n`;
		})
		.join('');
}

/** As Jackson writes text: in quotes when it must be, and when it is longer than 24 characters. */
const quoted = (text: string): string =>
	text.length > 24 || /[",#]|^\s|\s$|^$/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;

/** Names a spreadsheet would run as formulas (`=`, `+`, `-`, `@` first): the file is for tools, so its reader is warned. */
export const formulas = (rows: readonly CsvRow[]): string[] =>
	[...new Set(rows.map(({ group }) => group))].filter((group) => /^[=+\-@\t]/.test(group));

/**
 * Reads rows of either form: three fields only where one group was named, as the Java tool does.
 *
 * @param onlyGroup the one group named, if exactly one was
 * @throws KDR_USAGE with the line of the first row that is none, of one that comes twice, or when there is none at all
 */
export function readCsv(text: string, onlyGroup: string | undefined): CsvRow[] {
	// UTF-16 read as UTF-8: a broken byte order mark, or every other byte 0.
	if (/^(?:\uFFFD\uFFFD|[^\0]\0[^\0]\0|\0[^\0]\0[^\0])/.test(text))
		throw new KdrError('KDR_USAGE', 'the CSV file is not UTF-8 text', { hint: 'iconv -f UTF-16 -t UTF-8 FILE' });
	const rows: CsvRow[] = [];
	const seen = new Set<string>();
	// A byte order mark, as spreadsheets write it, is no part of the first name.
	for (const [index, line] of text
		.replace(/^\uFEFF/, '')
		.split(/\r?\n/)
		.entries()) {
		if (line.trim() === '') continue;
		const row = rowOf(fieldsOf(line), onlyGroup);
		const where = `line ${index + 1} of the CSV file`;
		if (typeof row === 'string')
			throw new KdrError('KDR_USAGE', `${where} ${row}: ${line}`, { hint: 'group,topic,partition,offset' });
		const key = JSON.stringify([row.group, row.topic, row.partition]);
		if (seen.has(key))
			throw new KdrError('KDR_USAGE', `${where} names ${row.group} ${row.topic} ${row.partition} a second time`);
		seen.add(key);
		rows.push(row);
	}
	if (rows.length === 0) throw new KdrError('KDR_USAGE', 'the CSV file has no rows');
	return rows;
}

/** The row, or what is wrong with it. */
function rowOf(fields: string[] | null, onlyGroup: string | undefined): CsvRow | string {
	if (!fields) return 'has a quote that does not end';
	if (fields.length === 3 && onlyGroup === undefined) return 'has no group, and not exactly one group was named';
	const [group, topic, partition, offset, ...more] = fields.length === 3 ? [onlyGroup ?? '', ...fields] : fields;
	if (!group || !topic || partition === undefined || offset === undefined || more.length > 0) return 'is not a row';
	if (!/^\s*\d{1,9}\s*$/.test(partition)) return `has no partition number ("${partition}")`;
	if (/^\s*-\d+\s*$/.test(offset)) return `has no offset: ${offset.trim()} means that the group has no commit`;
	if (!/^\s*\d{1,19}\s*$/.test(offset)) return `has no offset ("${offset}")`;
	return { group, topic, partition: Number(partition), offset: BigInt(offset.trim()) };
}

/** The fields of one line (RFC 4180); null when a quote does not end. */
function fieldsOf(line: string): string[] | null {
	const fields: string[] = [];
	const field = /(?:"((?:[^"]|"")*)"|([^",]*))(,|$)/y;
	for (let end = false; !end; ) {
		const match = field.exec(line);
		if (!match) return null;
		fields.push(match[1]?.replaceAll('""', '"') ?? match[2] ?? '');
		end = match[3] === '';
	}
	return fields;
}
