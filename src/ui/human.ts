import type { Ora } from 'ora';
import type { Outside, RunListener, RunSignal } from './listener.ts';
import { stepText } from './plain.ts';
import { renderPlan } from './plan.ts';
import type { Mark, Screen } from './screen.ts';
import { drawable, mark } from './screen.ts';
import { cut } from './table.ts';
import { visible } from './visible.ts';
import { duration } from './words.ts';

const dots = { interval: 80, frames: ['⠋', '⠙', '⠹', '⠸', '⠼', '⠴', '⠦', '⠧', '⠇', '⠏'] };
const words = { interval: 400, frames: ['..  ', ' .. ', '  ..'] };
/** How often the elapsed time of the running step is written anew, ms. */
const every = 100;

/**
 * For a person at a terminal: the plan, then a line per step, the running one with what it waits for and for how long.
 * Draws on stderr. Loads ora; call it only when a run is about to be watched.
 */
export async function humanListener(screen: Screen, outside: Outside): Promise<RunListener> {
	const { default: ora } = await import('ora');
	let width = 12;
	let live: { spinner: Ora; step: string; since: number; text: string; stop: () => void } | undefined;

	const line = (step: string, text: string, since: number): string => {
		const time = duration(since).replace(/^(\d+) s$/, '$1.0 s');
		const room = screen.width - width - time.length - 9;
		const shown = cut(screen, drawable(screen, visible(text)), room);
		return `${drawable(screen, visible(step)).padEnd(width)}  ${shown.padEnd(room)}  ${time}`;
	};
	const draw = (): void => {
		if (live) live.spinner.text = line(live.step, live.text, outside.now() - live.since);
	};
	const begin = (step: string): void => {
		drop();
		const spinner = ora({
			stream: process.stderr,
			spinner: screen.unicode ? dots : words,
			indent: 1,
			discardStdin: false,
			color: screen.colour && 'cyan',
		});
		live = { spinner, step, since: outside.now(), text: '', stop: outside.every(every, draw) };
		draw();
		spinner.start();
	};
	const drop = (): void => {
		live?.stop();
		live?.spinner.stop();
		live = undefined;
	};
	const end = (step: string, kind: Mark, text: string): void => {
		const since = live?.step === step ? outside.now() - live.since : 0;
		drop();
		outside.write(` ${mark(screen, kind)} ${line(step, text, since).trimEnd()}\n`);
	};
	return {
		hear(signal: RunSignal) {
			if (signal.type === 'plan') {
				width = Math.max(width, ...signal.steps.map(({ step }) => step.id.length));
				outside.write(`${renderPlan(signal, outside.now(), screen)}\n`);
			} else if (signal.type === 'step.started') begin(signal.step);
			else if (signal.type === 'progress' && live?.step === signal.step) {
				live.text = signal.text;
				draw();
			} else if (signal.type === 'step.done')
				end(signal.step, signal.outcome === 'partial' || signal.outcome === 'skipped' ? 'warning' : 'done', stepText(signal));
			else if (signal.type === 'step.failed') end(signal.step, 'failed', signal.error.message);
			else if (signal.type === 'run.ended') drop();
		},
		close: drop,
	};
}
