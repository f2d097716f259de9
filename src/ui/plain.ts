import type { EngineEvent } from '../domain/run/engine-event.ts';
import type { RunEvent, StepOutcome } from '../domain/run/events.ts';
import type { Outside, RunListener } from './listener.ts';
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
	/** More than one in a parallel group. */
	const running = new Map<string, Running>();
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
	const settle = (step: string): void => {
		running.get(step)?.stop();
		running.delete(step);
	};
	const settleAll = (): void => [...running.keys()].forEach(settle);
	const waiting = (step: string): void => {
		const now = running.get(step);
		if (!now) return;
		const time = `for ${duration(wholeSeconds(outside.monotonic() - now.since))}`;
		line(step, 'WAITING', [now.text, time].filter(Boolean).join(', '));
	};
	const begin = (step: string): void => {
		settle(step);
		line(step, 'STARTED', '');
		running.set(step, { since: outside.monotonic(), text: '', stop: outside.every(every, () => waiting(step)) });
	};
	return {
		hear(signal) {
			if (signal.type === 'plan') {
				width = Math.max(width, ...signal.steps.map(({ step }) => step.id.length));
				const plan = renderPlan(signal, outside.now(), screen);
				if (plan !== '') outside.write(`${plan}\n`);
			} else if (signal.type === 'progress') {
				const now = running.get(signal.step);
				if (!now) return line(signal.step, 'WAITING', signal.text);
				const first = now.text === '';
				now.text = signal.text;
				if (first) line(signal.step, 'WAITING', signal.text);
			} else if (signal.type === 'step.started') begin(signal.step);
			else {
				const cells = change(signal);
				if (signal.type === 'step.done' || signal.type === 'step.failed') settle(signal.step);
				else if (signal.type === 'run.ended') settleAll();
				if (cells) line(...cells);
			}
		},
		close: settleAll,
	};
}

interface Running {
	since: number;
	text: string;
	stop(): void;
}

const wholeSeconds = (ms: number): number => Math.round(ms / 1_000) * 1_000;

function change(event: Exclude<EngineEvent, { type: 'plan' | 'progress' }>): [string, string, string] | undefined {
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
			return [event.step, event.retryInMs === undefined ? 'FAILED' : 'RETRY', failureText(event)];
		case 'hook.ended':
			return [
				event.hook,
				event.error ? 'FAILED' : 'HOOK',
				event.error ? `${event.what}: ${event.error.message}` : event.what,
			];
		case 'run.ended':
			return ['run', event.result.toUpperCase(), event.error === undefined ? '' : event.error.code];
		default:
			return undefined;
	}
}

/** Why a step failed and, if it is, when it is tried again. */
export function failureText({ error, retryInMs }: Extract<RunEvent, { type: 'step.failed' }>): string {
	const why = `${error.code} ${error.message}`;
	return retryInMs === undefined ? why : `retried in ${duration(retryInMs)}: ${why}`;
}

const moves = ({ what, now, after }: { what: string; now: string; after: string }): string =>
	after === '' || after === now ? `${what}: ${now}` : `${what}: ${now} → ${after}`;

/** What a finished step says of itself, in one line. */
export function stepText({ outcome, summary, failures = [] }: Extract<RunEvent, { type: 'step.done' }>): string {
	const left =
		failures.length > 0
			? `; ${count(failures.length, 'item')} not done: ${failures.map(({ item }) => item).join(', ')}`
			: '';
	if (outcome === 'already') return `${summary.what}: nothing to do`;
	if (outcome === 'skipped') return `${summary.what}: skipped`;
	return (summary.after === '' ? summary.what : `${summary.what}: ${summary.after}`) + left;
}
