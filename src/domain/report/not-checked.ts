import type { RunState } from '../run/state.ts';
import type { ReportKinds } from './kind-report.ts';

/** Something a reader might take for granted although nobody looked, or nobody could. */
export interface NotChecked {
	/** Absent when it concerns the whole run. */
	step?: string;
	text: string;
	/** True of every run with such a step: worth a page, not a line at each end. */
	general?: true;
}

/** True of every run, whatever its steps. */
const always = [
	'what clients processed: kdr sees committed offsets, not what applications did with the records',
	'clients that bootstrap by another name, or by addresses',
];

export function notChecked(state: RunState, kinds: ReportKinds): NotChecked[] {
	const begun = state.steps.filter(({ status }) => status !== 'pending');
	const never = state.steps.filter(({ status }) => status === 'pending').map(({ step }) => step.id);
	const found: NotChecked[] = never.length > 0 ? [{ text: `never started: ${never.join(', ')}` }] : [];
	const named = new Set<string>();
	for (const { step, status, outcome, checks, summary } of begun) {
		const say = (text: string) => found.push({ step: step.id, text });
		if (outcome === 'skipped') say(summary?.after ?? `skipped: ${step.skipCosts ?? 'what that costs is not known'}`);
		else if (status !== 'done') say('started, its outcome is not proven');
		for (const check of checks) {
			if (check.status === 'unknown' || check.status === 'warn')
				say(`${check.status}: ${check.what}: ${check.observed}`);
		}
		if (outcome === 'skipped') continue;
		for (const text of kinds.get(step.kind)?.report?.notMeasured ?? []) {
			if (!named.has(text)) found.push({ step: step.id, text, general: true });
			named.add(text);
		}
	}
	return [...found, ...always.map((text) => ({ text, general: true as const }))];
}
