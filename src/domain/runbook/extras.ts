import type { RunStep } from '../run/events.ts';
import { shellLine } from './shell.ts';

/** What a hook does, in one line: `page: notify.sh --now`. It runs a program, or asks a person. */
export function hookText({ id, kind, params }: RunStep): string {
	const { run, text } = params;
	if (Array.isArray(run)) return `${id}: ${shellLine(run.map(String))}`;
	return `${id}: ${typeof text === 'string' ? text : kind}`;
}

/** The ids of each group of steps that are taken at the same time. */
export function togetherOf(steps: readonly RunStep[]): string[][] {
	const groups = new Map<string, string[]>();
	for (const { id, group } of steps) if (group !== undefined) groups.set(group, [...(groups.get(group) ?? []), id]);
	return [...groups.values()];
}
