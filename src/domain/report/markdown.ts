import type { Report, ReportStep } from './report.ts';
import type { Duration } from './times.ts';

/** The report as Markdown: for `kdr runs show`, `--report FILE.md` and whoever writes the post-mortem. */
export function reportMarkdown(report: Report): string {
	const { move } = report;
	const lines = [
		`# ${title(report)}`,
		'',
		`Run \`${report.run}\` of link \`${text(move.link)}\`: ${move.mode}, ${text(move.from)} → ${text(move.to)}.`,
		'',
		...facts(report),
		...section('Steps', stepTable(report.steps)),
		...section('Evidence', report.steps.flatMap(evidence)),
		...section(
			'Hooks on failure',
			report.hooks.map(
				({ at, hook, what, error }) =>
					`- ${text(hook)}: ${at} ${text(what)}${error ? `: failed: ${text(error.message)} (${error.code})` : ''}`,
			),
		),
		...section(
			'Failed items',
			report.failures.map(
				({ step, item, code, message }) => `- ${text(step)}: ${text(item)} — ${text(message)} (${code})`,
			),
		),
		...section(
			'Not checked',
			report.notChecked.map((one) => `- ${one.step === undefined ? '' : `${text(one.step)}: `}${text(one.text)}`),
		),
	];
	if (report.goOn !== null) lines.push('', `Resume: \`${report.goOn}\``);
	return `${lines.join('\n')}\n`;
}

function title({ result, exit, move }: Report): string {
	const code = exit === null ? '' : ` (exit ${exit})`;
	const words = {
		done: 'Done',
		incomplete: 'Incomplete',
		halted: 'Halted',
		interrupted: 'Interrupted',
		refused: 'Refused',
		open: 'Still open',
	};
	return `${words[result]}: ${text(move.link)} to ${text(move.to)}${code}`;
}

function facts(report: Report): string[] {
	const { operator, loss, reread } = report;
	const rows: [string, string][] = [
		['command', `\`${text(report.command)}\``],
		['by', `${text(operator.user)}@${text(operator.host)}, kdr ${text(operator.version)}`],
		['from, to', `${report.startedAt} to ${report.endedAt ?? 'now open'}, ${seconds(report.ms)}`],
		...report.resumed.map(({ at, operator: { user, host }, takeover }): [string, string] => [
			'resumed',
			`${at} by ${text(user)}@${text(host)}${takeover === undefined ? '' : `, taken over: ${text(takeover)}`}`,
		]),
		...report.overrides.map(({ code, reason }): [string, string] => ['overridden', `${text(code)}: ${text(reason)}`]),
		...(report.released ? [releasedRow(report.released)] : []),
		...(report.undoes === null ? [] : [['undoes', `run \`${text(report.undoes)}\``] satisfies [string, string]]),
		['outage of clients', duration(report.rto)],
		['phases', report.phases.map(({ name, ms }) => `${text(name)} ${seconds(ms)}`).join(' · ') || 'none'],
		[
			'lost',
			loss.kind === 'unknown'
				? `unknown: ${text(loss.reason)}`
				: `at most ${amount(loss.records, loss.ms)}${loss.worst === null ? '' : `, worst ${text(loss.worst)}`} (${text(loss.evidence)})`,
		],
		[
			'read again',
			reread.kind === 'unknown'
				? `unknown: ${text(reread.reason)}`
				: `at most ${reread.records} records (${text(reread.evidence)})`,
		],
	];
	if (report.error) rows.push(['error', `${text(report.error.message)} (${report.error.code})`]);
	if (report.unreadable !== null) rows.push(['not whole', text(report.unreadable)]);
	return rows.map(([name, value]) => `- **${name}**: ${value}`);
}

const releasedRow = ({ at, by }: NonNullable<Report['released']>): [string, string] => [
	'released',
	`${at} by ${text(by.user)}@${text(by.host)}`,
];

function amount(records: string | null, ms: number | null): string {
	const known = [
		records === null ? 'an unknown number of records' : `${records} records`,
		...(ms === null ? [] : [records === null ? `${seconds(ms)} of writes` : `written in the last ${seconds(ms)}`]),
	];
	return known.join(', ');
}

const duration = (rto: Duration): string =>
	rto.kind === 'unknown'
		? `unknown: ${text(rto.reason)}`
		: `at most ${seconds(rto.ms)}, ${text(rto.from)} to ${text(rto.to)} (${text(rto.evidence)})`;

function stepTable(steps: readonly ReportStep[]): string[] {
	const rows = steps.flatMap((step, index) => {
		const { summary } = step;
		const change = summary ? `${text(summary.now)} → ${text(summary.after)}` : '';
		const cells = [
			`${index + 1}`,
			text(step.id),
			step.start ?? '',
			step.ms === null ? '' : seconds(step.ms),
			step.outcome ?? step.status,
		];
		const row = `| ${[...cells, text(summary?.what ?? ''), change].join(' | ')} |`;
		return step.pointOfNoReturn ? ['| | **point of no return** | | | | | |', row] : [row];
	});
	return ['| # | step | start | took | result | what | now → then |', '|---|---|---|---|---|---|---|', ...rows];
}

function evidence({ id, checks, error, retried }: ReportStep): string[] {
	const again = retried.map(
		(one) => `- ${text(id)}: tried again after ${one.at}: ${text(one.error.message)} (${one.error.code})`,
	);
	const lines = checks.map(
		(check) =>
			`- ${text(id)}: ${check.status} ${text(check.what)}: ${text(check.observed)}${check.wanted === undefined ? '' : ` (wanted ${text(check.wanted)})`}`,
	);
	return [...again, ...lines, ...(error ? [`- ${text(id)}: failed: ${text(error.message)} (${error.code})`] : [])];
}

const section = (name: string, lines: readonly string[]): string[] =>
	lines.length === 0 ? [] : ['', `## ${name}`, '', ...lines];

const seconds = (ms: number): string => `${(ms / 1_000).toFixed(1)} s`;

/** Names and messages from outside are data: no control characters, no table cells, no markup of their own. */
function text(value: string): string {
	return value.replace(/[\p{Cc}\p{Cf}\u2028\u2029]+/gu, ' ').replace(/[|<>`\\]/g, (mark) => `\\${mark}`);
}
