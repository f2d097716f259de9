import type { Ora } from 'ora';
import type { EngineEvent } from '../domain/run/engine-event.ts';
import type { Outside, RunListener } from './listener.ts';
import { failureText, stepText } from './plain.ts';
import { renderPlan } from './plan.ts';
import type { Mark, Screen } from './screen.ts';
import { drawable, mark } from './screen.ts';
import { cut } from './table.ts';
import { visible } from './visible.ts';
import { duration } from './words.ts';

const dots = { interval: 80, frames: ['⠋', '⠙', '⠹', '⠸', '⠼', '⠴', '⠦', '⠧', '⠇', '⠏'] };
const words = { interval: 400, frames: ['..  ', ' .. ', '  ..'] };
/** How often the elapsed time of the running step is written again, ms. */
const every = 100;

/**
 * For a person at a terminal: the plan, then a line per step, the running one with what it waits for and for how long.
 * Draws on stderr. Loads ora; call it only when a run is about to be watched.
 */
export async function humanListener(screen: Screen, outside: Outside): Promise<RunListener> {
	const { default: ora } = await import('ora');
	/** As wide as the steps that come with kdr: a resumed run shows no plan to take it from. */
	let width = 16;
	/** What runs, the last begun last: more than one in a parallel group. That one is drawn. */
	const running = new Map<string, { since: number; text: string }>();
	let live: { spinner: Ora; stop: () => void } | undefined;

	const line = (step: string, text: string, since: number): string => {
		const time = duration(since).replace(/^(\d+) s$/, '$1.0 s');
		const name = drawable(screen, visible(step)).padEnd(width);
		const room = screen.width - name.length - time.length - 9;
		const shown = cut(screen, drawable(screen, visible(text)), room);
		return `${name}  ${shown.padEnd(room)}  ${time}`;
	};
	const draw = (): void => {
		const last = [...running].at(-1);
		if (!live || !last) return;
		const [step, { since, text }] = last;
		const others = running.size > 1 ? `(and ${running.size - 1} more) ` : '';
		live.spinner.text = line(step, `${others}${text}`, outside.monotonic() - since);
	};
	const start = (): void => {
		const spinner = ora({
			stream: process.stderr,
			spinner: screen.unicode ? dots : words,
			indent: 1,
			discardStdin: false,
			color: screen.colour && 'cyan',
		});
		live = { spinner, stop: outside.every(every, draw) };
		draw();
		spinner.start();
	};
	const begin = (step: string): void => {
		drop();
		running.set(step, { since: outside.monotonic(), text: '' });
		start();
	};
	const drop = (): void => {
		live?.stop();
		live?.spinner.stop();
		live = undefined;
	};
	const end = (step: string, kind: Mark, text: string): void => {
		const begun = running.get(step)?.since;
		running.delete(step);
		drop();
		outside.write(
			` ${mark(screen, kind)} ${line(step, text, begun === undefined ? 0 : outside.monotonic() - begun).trimEnd()}\n`,
		);
		if (running.size > 0) start();
	};
	return {
		hear(signal: EngineEvent) {
			if (signal.type === 'plan') {
				width = Math.max(width, ...signal.steps.map(({ step }) => step.id.length));
				const plan = renderPlan(signal, outside.now(), screen);
				if (plan !== '') outside.write(`${plan}\n`);
			} else if (signal.type === 'step.started') begin(signal.step);
			else if (signal.type === 'progress') {
				const now = running.get(signal.step);
				if (now) now.text = signal.text;
				else outside.write(`   ${line(signal.step, signal.text, 0).trimEnd()}\n`);
				draw();
			} else if (signal.type === 'step.done')
				end(
					signal.step,
					signal.outcome === 'partial' || signal.outcome === 'skipped' ? 'warning' : 'done',
					stepText(signal),
				);
			else if (signal.type === 'step.failed' && signal.retryInMs !== undefined)
				end(signal.step, 'warning', failureText(signal));
			else if (signal.type === 'step.failed') end(signal.step, 'failed', signal.error.message);
			else if (signal.type === 'hook.ended')
				end(
					signal.hook,
					signal.error ? 'warning' : 'done',
					signal.error ? `${signal.what}: ${signal.error.message}` : signal.what,
				);
			else if (signal.type === 'run.ended') drop();
		},
		close: drop,
	};
}
