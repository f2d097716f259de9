import type { RunEvent, StepOutcome } from '../domain/run/events.ts';
import type { Outside, RunListener, RunSignal } from './listener.ts';
import { renderPlan } from './plan.ts';
import type { Screen } from './screen.ts';
import { drawable } from './screen.ts';
import { visible } from './visible.ts';
import { count, duration, timeOfDay } from './words.ts';

/** How often a step that waits says so, ms. */
const every = 10_000;

const outcomes: Record<StepOutcome, string> = {
	applied: 'DONE',
	already: 'SAME',
	partial: 'PARTIAL',
	passed: 'PASSED',
	skipped: 'SKIPPED',
};

/**
 * For logs: the plan, then `03:12:31.204Z dns      WAITING   text`, one line per change of state and one every 10 s that
 * says what the step waits for.
 */
export function plainListener(screen: Screen, outside: Outside): RunListener {
	let running: { step: string; since: number; text: string } | undefined;
	let stop: (() => void) | undefined;
	let width = 8;
	const line = (step: string, state: string, text: string): void => {
		const parts = [
			timeOfDay(outside.now()),
			drawable(screen, visible(step)).padEnd(width),
			state.padEnd(8),
			drawable(screen, visible(text)),
		];
		outside.write(`${parts.join('  ').trimEnd()}\n`);
	};
	const settle = (): void => {
		stop?.();
		stop = undefined;
		running = undefined;
	};
	const waiting = (): void => {
		if (running)
			line(
				running.step,
				'WAITING',
				[running.text, `for ${duration(wholeSeconds(outside.now() - running.since))}`].filter(Boolean).join(', '),
			);
	};
	const begin = (step: string): void => {
		settle();
		running = { step, since: outside.now(), text: '' };
		line(step, 'STARTED', '');
		stop = outside.every(every, waiting);
	};
	return {
		hear(signal) {
			if (signal.type === 'plan') {
				width = Math.max(width, ...signal.steps.map(({ step }) => step.id.length));
				outside.write(`${renderPlan(signal, outside.now(), screen)}\n`);
			} else if (signal.type === 'progress') {
				if (running?.step !== signal.step) return;
				const first = running.text === '';
				running.text = signal.text;
				if (first) line(signal.step, 'WAITING', signal.text);
			} else if (signal.type === 'step.started') begin(signal.step);
			else {
				const said = change(signal);
				if (signal.type === 'step.done' || signal.type === 'step.failed' || signal.type === 'run.ended') settle();
				if (said) line(...said);
			}
		},
		close: settle,
	};
}

const wholeSeconds = (ms: number): number => Math.round(ms / 1_000) * 1_000;

function change(event: Exclude<RunSignal, { type: 'plan' | 'progress' }>): [string, string, string] | undefined {
	switch (event.type) {
		case 'run.started':
			return ['run', 'STARTED', event.command];
		case 'run.resumed':
			return ['run', 'RESUMED', `by ${event.operator.user} on ${event.operator.host}`];
		case 'step.intent':
			return [event.step, 'CHANGING', moves(event.summary)];
		case 'step.done':
			return [event.step, outcomes[event.outcome], stepText(event)];
		case 'step.failed':
			return [event.step, 'FAILED', `${event.error.code} ${event.error.message}`];
		case 'run.ended':
			return ['run', event.result.toUpperCase(), event.error === undefined ? '' : event.error.code];
		default:
			return undefined;
	}
}

const moves = ({ what, now, after }: { what: string; now: string; after: string }): string =>
	after === '' || after === now ? `${what}: ${now}` : `${what}: ${now} → ${after}`;

/** What a finished step says of itself, in one line. */
export function stepText({ outcome, summary, failures = [] }: Extract<RunEvent, { type: 'step.done' }>): string {
	const left = failures.length > 0 ? `; ${count(failures.length, 'item')} not done: ${failures.map(({ item }) => item).join(', ')}` : '';
	if (outcome === 'already') return `${summary.what}: nothing to do`;
	if (outcome === 'skipped') return `${summary.what}: skipped`;
	return (summary.after === '' ? summary.what : `${summary.what}: ${summary.after}`) + left;
}
