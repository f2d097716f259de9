import { open, writeFile } from 'node:fs/promises';
import { KdrError, unlessBug } from '../domain/errors/kdr-error.ts';
import type { OutageEstimate } from '../domain/plan/outage.ts';
import { refusals } from '../domain/plan/planned-step.ts';
import { reportMarkdown } from '../domain/report/markdown.ts';
import { type Report, report } from '../domain/report/report.ts';
import type { RunState } from '../domain/run/state.ts';
import { pastReturn } from '../domain/run/undo.ts';
import type { EngineEnv, RunOutcome, RunRequest } from '../engine/env.ts';
import { readRuns } from '../engine/lease.ts';
import { checksError } from '../engine/poll.ts';
import { type PreviewRequest, preview, tellPlan } from '../engine/preview.ts';
import { registry } from '../steps/registry.ts';
import { toJson } from '../ui/json.ts';

/** What a command that ran something gives back; `report` is null when nothing was journalled. */
export interface RunResult {
	run: string;
	result: RunOutcome['result'] | 'planned';
	exit: number;
	report: Report | null;
	/** What the plan said of the outage to come; null: no plan was made, or none that stops clients. */
	outage: OutageEstimate | null;
}

type Planned = Pick<RunRequest, 'hold' | 'onFailure'>;

/** The plan, shown and judged as a run would judge it; nothing else happens. */
export async function dryRun(env: EngineEnv, request: PreviewRequest & Planned): Promise<RunOutcome> {
	const [steps, history] = await Promise.all([preview(env, request), historyOf(env)]);
	tellPlan(env, { ...request, run: 'dry run' }, steps, history);
	const refused = refusals(steps);
	if (refused.length === 0) return { run: 'dry run', result: 'done', exit: 0 };
	const error = checksError(refused.map(({ step, check }) => ({ ...check, what: `${step}: ${check.what}` })));
	return { run: 'dry run', result: 'refused', exit: error.exit, error };
}

/** A plan is shown without what the journals say of earlier moves, too. */
async function historyOf(env: EngineEnv): Promise<readonly RunState[] | { why: string }> {
	try {
		return (await readRuns(env)).runs;
	} catch (thrown) {
		const error = unlessBug(thrown);
		return { why: error.message };
	}
}

/** The report of a run from its journal; null when its start is not there. */
export async function readReport(env: EngineEnv, id: string): Promise<Report | null> {
	const entries = await env.journal.read(env.link.name);
	return (
		report(
			entries.filter((entry) => entry.run === id),
			registry,
		) ?? null
	);
}

/** Before anything is done: whether the report will have a place. @throws KDR_USAGE */
export async function assertReportable(file: string | undefined): Promise<void> {
	if (file === undefined) return;
	try {
		await (await open(file, 'a')).close();
	} catch (thrown) {
		throw new KdrError(
			'KDR_USAGE',
			`--report ${file} cannot be written (${(thrown as NodeJS.ErrnoException).code ?? 'unknown'})`,
		);
	}
}

/** A report that cannot be written is a warning: the run's result is the same, and `kdr runs show` has it too. */
export async function writeReport(file: string, content: Report, warn: (text: string) => void): Promise<void> {
	try {
		await writeFile(file, file.endsWith('.json') ? `${toJson(content)}\n` : reportMarkdown(content));
	} catch (thrown) {
		const { code = 'unknown' } = thrown as NodeJS.ErrnoException;
		warn(`report-not-written: ${file} (${code}). The journal holds the report: kdr runs show ${content.run}`);
	}
}

/** The error to show for an end that is no success; null for one that is. */
export function errorOf({ error, exit, run, goOn, state }: RunOutcome): KdrError | null {
	if (error || exit === 0) return error ?? null;
	const text = goOn ? `run ${run} was interrupted` : 'interrupted; nothing was changed';
	if (!goOn) return new KdrError('KDR_INTERRUPTED', text);
	const goBack =
		state?.written && state.undoes === undefined && `kdr runs ${pastReturn(state) ? 'undo' : 'abort'} ${run}`;
	return new KdrError('KDR_INTERRUPTED', text, { hint: goOn, details: { goOn, ...(goBack && { goBack }) } });
}
