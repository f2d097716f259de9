import type { ByHand, PlannedStep } from '../plan/planned-step.ts';
import { refusals } from '../plan/planned-step.ts';
import type { Move, RunStep, StepSummary } from '../run/events.ts';
import { visible } from '../visible.ts';
import { hookText, togetherOf } from './extras.ts';
import { shellLine, shellVariables, shellWord } from './shell.ts';

export interface ExportFacts {
	/** Name of the runbook. */
	name: string;
	move: Move;
	/** ISO 8601, UTC. */
	at: string;
	/** Where each of the two clusters is, by alias. */
	clusters: Record<string, { bootstrap: readonly string[]; connect: string }>;
	plan: readonly PlannedStep[];
	/** Hooks for when it halts. */
	onFailure?: readonly RunStep[];
}

const title = ({ name, move, at }: ExportFacts): string =>
	`${visible(name)} of link ${move.link}, ${move.from} → ${move.to}, as of ${at}`;

const aged = 'Offsets and states are those of that moment: when groups have moved on since, export again.';

/** Two lists of what to know and have before the first command. */
const needs = ({ clusters }: ExportFacts): string[] => [
	'bash, curl, awk, sed, dig, the aws CLI with credentials for the zone',
	"Kafka's own scripts on the PATH, or in the directory KAFKA_BIN",
	`client properties of a user who may do it: ${Object.keys(clusters)
		.map((alias) => shellVariables(alias).config)
		.join(', ')}`,
	'for Connect behind a password: ~/.netrc',
];

function variables({ clusters }: ExportFacts): string[] {
	return Object.entries(clusters).flatMap(([alias, { bootstrap, connect }]) => {
		const names = shellVariables(alias);
		return [
			`${names.kafka}=${shellWord(bootstrap.join(','))}`,
			`${names.config}="\${${names.config}:-${alias}.properties}"`,
			`${names.connect}=${shellWord(connect.replace(/\/+$/, ''))}`,
		];
	});
}

/** A bash script of vanilla commands that does what the runbook would do now, step by step, and stops at the first that fails. */
export function exportScript(facts: ExportFacts): string {
	const head = [
		'#!/usr/bin/env bash',
		`# ${title(facts)}: the same without kdr.`,
		`# ${aged}`,
		...needs(facts).map((line) => `# Needs ${line}.`),
		'# Where kdr would wait for a proof it looks, says what must be seen, and asks; YES=1 asks nothing.',
		...asides(facts).map((line) => `# ${line}`),
		...refusals(facts.plan).map(
			({ step, check }) => `# kdr would refuse at ${step}: ${visible(`${check.what}: ${check.observed}`)}`,
		),
		'set -euo pipefail',
		// biome-ignore lint/suspicious/noTemplateCurlyInString: a shell's
		'PATH="${KAFKA_BIN:+$KAFKA_BIN:}$PATH"',
		...variables(facts),
		...onFailureTrap(facts),
		'step() { printf \'\\n== %s\\n\' "$1"; }',
		...gateFunction,
	];
	return `${[...head, ...facts.plan.flatMap((planned, index) => ['', ...scriptStep(planned, index + 1)])].join('\n')}\n`;
}

function scriptStep({ step, status, purpose, summary, byHand }: PlannedStep, number: number): string[] {
	const turn = step.pointOfNoReturn
		? [`gate ${shellWord('point of no return: the steps after it cannot be undone')}`]
		: [];
	const head = `step ${shellWord(visible(`${number} ${step.id}: ${purpose}`))}`;
	const commands = summary.commands ?? [];
	const change = `# ${status === 'change' || status === 'gate' ? '' : `${status}: `}${visible(changeText(summary))}`;
	if (byHand) return [...turn, head, change, ...scriptLook(byHand)];
	return [...turn, head, change, ...(status === 'change' ? commands : [])];
}

/** Each look of a gate is a function, so that a person can look again; a command that fails shows nothing. */
function scriptLook({ commands, see }: ByHand): string[] {
	const ask = `gate ${shellWord(visible(`must be seen: ${see}`))}`;
	if (commands.length === 0) return [ask];
	return ['look() {', ...commands.map((command) => `  ${command} || seen=no`), '}', `${ask} look`];
}

const gateFunction = [
	'gate() {',
	'  local answer=r',
	'  while [ "$answer" = r ]; do',
	'    seen=yes',
	// biome-ignore lint/suspicious/noTemplateCurlyInString: a shell's
	'    "${2:-:}"',
	'    printf \'   %s\\n\' "$1"',
	'    [ "$seen" = yes ] || printf \'   A command failed: what it looks at is unknown.\\n\'',
	// biome-ignore lint/suspicious/noTemplateCurlyInString: a shell's
	'    if [ "${YES:-}" = 1 ]; then [ "$seen" = yes ]; return; fi',
	"    printf '   Enter when it is so, r to look again, Ctrl-C to stop: '",
	'    read -r answer </dev/tty',
	'  done',
	'}',
];

/** The hooks as bash runs them: before it ends on a command that failed, and without a say in how it ends. */
function onFailureTrap({ onFailure = [] }: ExportFacts): string[] {
	const programs = onFailure.flatMap(({ params: { run } }) => (Array.isArray(run) ? [run.map(String)] : []));
	if (programs.length === 0) return [];
	return ['on_failure() {', ...programs.map((argv) => `  ${shellLine(argv)} || true`), '}', 'trap on_failure ERR'];
}

/** What the order of commands does not tell. */
const asides = ({ plan, onFailure = [] }: ExportFacts): string[] => [
	...togetherOf(plan.map(({ step }) => step)).map(
		(ids) => `kdr does at the same time, in any order: ${ids.join(', ')}`,
	),
	...onFailure.map((hook) => `if it halts: ${visible(hookText(hook))}`),
];

/** The same to read, and to type from. */
export function exportMarkdown(facts: ExportFacts): string {
	const refused = [
		...asides(facts).map((line) => `- ${line}`),
		...refusals(facts.plan).map(
			({ step, check }) => `- kdr would refuse at ${step}: ${visible(`${check.what}: ${check.observed}`)}`,
		),
	];
	const parts = [
		`# ${title(facts)}`,
		`The same without kdr, in the order of its steps. ${aged}`,
		needs(facts)
			.map((line) => `- needs ${line}`)
			.join('\n'),
		...(refused.length > 0 ? [refused.join('\n')] : []),
		fenced(variables(facts)),
		...facts.plan.flatMap((planned, index) => markdownStep(planned, index + 1)),
	];
	return `${parts.join('\n\n')}\n`;
}

function markdownStep({ step, status, purpose, summary, byHand }: PlannedStep, number: number): string[] {
	const commands = byHand?.commands ?? (status === 'change' ? (summary.commands ?? []) : []);
	const lead = status === 'change' || status === 'gate' ? '' : `${status}: `;
	return [
		...(step.pointOfNoReturn ? ['---', '**Point of no return.** The steps after it cannot be undone.'] : []),
		`## ${number}. ${step.id}`,
		visible(purpose),
		`${lead}${visible(changeText(summary))}`,
		...(commands.length > 0 ? [fenced(commands)] : []),
		...(byHand ? [`**Before the next step you must see:** ${visible(byHand.see)}.`] : []),
	];
}

const changeText = ({ what, now, after }: StepSummary): string => `${what}: ${now} → ${after}`;

/** A code block whose fence is longer than any in it. */
function fenced(lines: readonly string[]): string {
	const text = lines.join('\n');
	const longest = Math.max(2, ...[...text.matchAll(/`+/g)].map(([ticks]) => ticks.length));
	const fence = '`'.repeat(longest + 1);
	return `${fence}sh\n${text}\n${fence}`;
}
