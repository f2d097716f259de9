/** A table to be shown; how is the affair of whoever shows it. */
export interface TableData {
	columns: { title: string; kind?: 'text' | 'number' }[];
	rows: (string | number)[][];
}

export const numbers = (...titles: string[]): TableData['columns'] =>
	titles.map((title) => ({ title, kind: 'number' }));
