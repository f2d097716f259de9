import { type LabAlias, type LabState, labAliases } from './estate.ts';
import { type LabStatusRow, labStatus } from './lab.ts';

const megabytes = (bytes: number): string => (bytes === 0 ? '-' : `${Math.round(bytes / 1e6)} MB`);

/** The processes of a lab as a table for people. */
export function statusText(state: LabState, rows: readonly LabStatusRow[] = labStatus(state)): string {
	const table = [
		['PROCESS', 'STATE', 'PID', 'MEMORY', 'ADDRESS'],
		...rows.map((row) => [
			row.name,
			row.state,
			row.state === 'dead' ? '-' : String(row.pid),
			megabytes(row.rss),
			row.address,
		]),
	];
	const widths = [0, 1, 2, 3].map((column) => Math.max(...table.map((row) => row[column]?.length ?? 0)));
	const lines = table.map((row) =>
		row
			.map((cell, column) => cell.padEnd(widths[column] ?? 0))
			.join('  ')
			.trimEnd(),
	);
	const total = rows.reduce((sum, { rss }) => sum + rss, 0);
	return [`lab ${state.name}   estate ${state.estate}   ${megabytes(total)} in all   ${state.dir}`, ...lines].join(
		'\n',
	);
}

/** What to type next: a move away from `active`, where clients are now. */
export function nextCommands(state: LabState, active: LabAlias): string {
	const to = labAliases.find((alias) => alias !== active);
	const name = state.name === 'lab' ? '' : ` --name ${state.name}`;
	return [
		'Next:',
		`  export KDR_CONFIG=${state.dir}/kdr.yaml`,
		'  kdr lag',
		`  kdr lab traffic${name} --detach`,
		`  kdr switchover --to ${to}`,
		`  kdr lab kill ${active}${name}`,
		`  kdr lab down${name}`,
	].join('\n');
}
