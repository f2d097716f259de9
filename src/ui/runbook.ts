import type { RunStep } from '../domain/run/events.ts';
import type { CheckedRunbook, RunbookProblem } from '../domain/runbook/checked.ts';
import type { Runbook } from '../domain/runbook/compile.ts';
import { hookText, togetherOf } from '../domain/runbook/extras.ts';
import type { Kinds } from '../domain/runbook/kind-shape.ts';
import { whyNoUndo } from '../domain/runbook/order.ts';
import type { Screen } from './screen.ts';
import { drawable, mark, paint } from './screen.ts';
import { table } from './table.ts';
import { visible } from './visible.ts';
import { count, duration } from './words.ts';

/** A runbook as a table, without looking at any cluster. */
export function renderRunbook(
	{ name, mode, steps, onFailure = [] }: Runbook,
	kinds: Kinds,
	purposes: ReadonlyMap<string, string>,
	screen: Screen,
): string {
	const turn = steps.findIndex(({ pointOfNoReturn }) => pointOfNoReturn);
	const dash = screen.unicode ? '─' : '-';
	const rule = paint(screen, 'bold', ` ${dash.repeat(2)} point of no return ${dash.repeat(screen.width - 24)}`);
	const rows = steps.map((step, index) => [
		index + 1,
		step.id,
		what(step, purposes),
		conditions(step),
		undoOf(step, kinds),
	]);
	const columns = [
		{ title: '', kind: 'number' as const },
		{ title: 'STEP' },
		{ title: 'WHAT', folds: true },
		{ title: 'ONLY', folds: true },
		{ title: 'UNDO' },
	];
	const before = new Map(turn < 0 ? [] : [[turn, rule]]);
	const head = drawable(screen, visible(`${name}   ${mode}   ${count(steps.length, 'step')}`));
	const more = [
		...togetherOf(steps).map((ids) => ` at the same time: ${ids.join(', ')}`),
		...onFailure.map((hook) => drawable(screen, visible(` if it halts: ${hookText(hook)}`))),
	];
	return `${[head, '', ...table(columns, rows, { screen, before, indent: 1 }), ...more].join('\n')}\n`;
}

function what({ kind, params }: RunStep, purposes: ReadonlyMap<string, string>): string {
	const given = Object.entries(params).map(
		([key, value]) => `${key}: ${typeof value === 'string' ? value : JSON.stringify(value)}`,
	);
	return [purposes.get(kind) ?? kind, ...given].join('; ');
}

function conditions({ needs, when, timeoutMs, retries }: RunStep): string {
	return [
		...(needs?.includes('from') ? ['from alive'] : []),
		...(when?.from ? [`from ${when.from}`] : []),
		...(when?.mode ? [when.mode.join(' or ')] : []),
		...(timeoutMs === undefined ? [] : [`within ${duration(timeoutMs)}`]),
		...(retries === undefined ? [] : [count(retries, 'retry', 'retries')]),
	].join(', ');
}

function undoOf(step: RunStep, kinds: Kinds): string {
	const shape = kinds.get(step.kind);
	if (shape?.type !== 'change') return '-';
	return whyNoUndo(shape, step) === undefined ? 'yes' : 'none';
}

const marks = { error: 'failed', block: 'failed', warning: 'warning' } as const;

/** `FILE:LINE:COL  what is wrong`, as compilers write it; a file with nothing to say in one line. */
export function renderProblems(checked: readonly CheckedRunbook[], screen: Screen): string {
	const lines = checked.flatMap(({ file, runbook, problems }) => {
		const own = problems.map((problem) => problemLine(file, problem, screen));
		if (!runbook || problems.some(({ severity }) => severity !== 'warning')) return own;
		return [
			...own,
			` ${mark(screen, 'done')} ${visible(file)}: ${runbook.mode}, ${count(runbook.steps.length, 'step')}`,
		];
	});
	return `${lines.map((line) => drawable(screen, line)).join('\n')}\n`;
}

const problemLine = (file: string, { line, column, message, severity }: RunbookProblem, screen: Screen): string =>
	` ${mark(screen, marks[severity])} ${visible(file)}:${line}:${column}  ${visible(message)}`;
