import { Command, Flags } from '@oclif/core';
import type { KdrError } from '../domain/errors/kdr-error.ts';
import { asKdrError } from '../domain/errors/kdr-error.ts';
import type { Clock } from '../ports/clock.ts';
import { renderError } from '../ui/error.ts';
import { toJson } from '../ui/json.ts';
import { screenOf } from '../ui/screen.ts';
import { visibleLines } from '../ui/visible.ts';
import { linesOf } from '../ui/words.ts';
import type { CommandHost } from './command-host.ts';
import { crashError, type OpenRun } from './crash.ts';
import { envelope } from './envelope.ts';
import { asUsageError } from './usage.ts';

/**
 * What every command shares: `--json` with one envelope on stdout on success and on failure, errors as exit codes,
 * and signals as an AbortSignal. A command parses, composes, calls and returns a typed result; `show` is for people.
 */
export abstract class BaseCommand extends Command {
	static override enableJsonFlag = true;

	readonly #stop = new AbortController();
	#warnings: string[] = [];

	/** Aborted with the signal's name on SIGINT or SIGTERM; a second one ends the process at once. */
	protected readonly signal = this.#stop.signal;

	override async init(): Promise<void> {
		await super.init();
		// A reader that left (`| head`) or a terminal that closed: stop at the next safe point, as for Ctrl-C.
		for (const stream of [process.stdout, process.stderr]) stream.on('error', () => this.#stop.abort('SIGINT'));
		// An exception in a decoder of the Kafka client is no rejected promise: nothing else of kdr hears of it.
		process.prependListener('uncaughtException', (thrown) => {
			this.#fail(crashError(thrown, this.#openRun()));
			process.exit();
		});
		for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
			process.on(name, () => {
				if (this.signal.aborted) {
					process.stderr.write(this.#openRun()?.text ?? '');
					process.exit(name === 'SIGTERM' ? 143 : 130);
				}
				this.note('Stopping after the current call. Press Ctrl-C again to quit now.');
				this.#stop.abort(name);
			});
		}
	}

	/** Text for a person, on stdout; nothing with `--json`. */
	protected show(text: string): void {
		if (!this.jsonEnabled()) process.stdout.write(text.endsWith('\n') ? text : `${text}\n`);
	}

	/** Anything that is not the result: on stderr. */
	protected note(text: string): void {
		process.stderr.write(text.endsWith('\n') ? text : `${text}\n`);
	}

	/** One line with its id, shown and kept for the envelope. */
	protected warning(text: string): void {
		this.#warnings.push(text);
		if (this.jsonEnabled()) return;
		this.note(linesOf(screenOf(process.stderr, process.env), '', visibleLines(text)).join('\n'));
	}

	/** The result is printed, and the exit code says that not all is well (docs/exit-codes.md). */
	protected exitWith(error: KdrError, exit = error.exit): void {
		this.#failure = error;
		process.exitCode = exit;
		if (!this.jsonEnabled()) this.note(this.#render(error));
	}
	#failure: KdrError | null = null;

	/** One more result of a command that repeats: one JSON line. */
	protected jsonLine(data: unknown): void {
		process.stdout.write(`${toJson(data, 0)}\n`);
	}

	/** True after `ms`; false when the command was interrupted meanwhile. */
	protected async pause(clock: Clock, ms: number): Promise<boolean> {
		return clock.wait(ms, this.signal).then(
			() => true,
			() => false,
		);
	}

	protected override toSuccessJson(data: unknown): unknown {
		return this.#envelope(data, this.#failure);
	}

	protected override toErrorJson(thrown: unknown): unknown {
		return this.#envelope(null, asUsageError(thrown, this.ctor.id) ?? asKdrError(thrown));
	}

	override logJson(json: unknown): void {
		process.stdout.write(`${toJson(json)}\n`);
	}

	protected override async catch(thrown: Error): Promise<void> {
		this.#fail(asUsageError(thrown, this.ctor.id) ?? asKdrError(thrown));
	}

	#fail(error: KdrError): void {
		process.exitCode = exitOf(error);
		if (this.jsonEnabled()) this.logJson(this.#envelope(null, error));
		else this.note(this.#render(error));
	}

	/** For a runner that works for this command. */
	protected get host(): CommandHost {
		return {
			json: this.jsonEnabled(),
			signal: this.signal,
			typed: ['kdr', ...(this.id ?? '').split(':'), ...this.argv].join(' '),
			title: (this.id ?? '').replaceAll(':', ' '),
			note: (text) => this.note(text),
			warning: (text) => this.warning(text),
			exitWith: (error, exit) => this.exitWith(error, exit),
			planShown: () => {
				this.#planShown = true;
			},
			whenQuit: (describe) => {
				this.#openRun = describe;
			},
		};
	}
	#planShown = false;
	#openRun = (): OpenRun | undefined => undefined;

	/** An error for a person. A refused plan is on the screen with its checks; those of a step that halted are not. */
	#render(error: KdrError): string {
		return renderError(error, { checksAbove: this.#planShown && error.details.step === undefined });
	}

	#envelope(data: unknown, error: KdrError | null): unknown {
		return envelope(this.ctor.id, data, this.#warnings, error);
	}
}

/** An engine's error carries the exit code its run ended with (5, 6, 130 …), others take the table's. */
function exitOf(error: KdrError): number {
	const { exit } = error.details;
	return typeof exit === 'number' ? exit : error.exit;
}

/** Flags of every command that looks at the estate. */
export const estateFlags = {
	config: Flags.string({
		char: 'c',
		helpValue: 'FILE',
		env: 'KDR_CONFIG',
		summary: 'The configuration file. Default: KDR_CONFIG, then ./kdr.yaml.',
	}),
	link: Flags.string({ helpValue: 'NAME', env: 'KDR_LINK', summary: 'The link, if kdr.yaml has more than one.' }),
};
