import { asKdrError, KdrError } from '../domain/errors/kdr-error.ts';
import type { RunEvent } from '../domain/run/events.ts';
import { advance, begin } from '../domain/run/fold.ts';
import type { RunState } from '../domain/run/state.ts';
import type { JournalWriter } from '../ports/journal.ts';
import type { EngineEnv, EngineEvent } from './env.ts';

const attempts = 3;
const retryAfterMs = 500;

/** A screen or pipe that fails must not stop a run half way. */
export function tell(env: EngineEnv, event: EngineEvent): void {
	try {
		env.listener(event);
	} catch {
		// nobody is left to tell
	}
}

/**
 * Writes the events of one run, one at a time and numbered, and keeps the state they add up to. Once an event's fate
 * cannot be learnt it writes nothing more: a later event could take the number of one that still arrives.
 */
export class Recorder {
	readonly #env: EngineEnv;
	readonly #writer: JournalWriter;
	readonly #run: string;
	#state: RunState | undefined;
	#queue: Promise<void> = Promise.resolve();
	#broken: KdrError | undefined;
	readonly #begun: number;

	constructor(env: EngineEnv, writer: JournalWriter, run: string, state?: RunState) {
		this.#env = env;
		this.#writer = writer;
		this.#run = run;
		this.#state = state;
		this.#begun = env.clock.monotonic();
	}

	/** What the run's durable events add up to; undefined before the first. */
	get state(): RunState | undefined {
		return this.#state;
	}

	#ms(): number {
		return Math.round(this.#env.clock.monotonic() - this.#begun);
	}

	/** Milliseconds since a time of the state, whatever the wall clock did meanwhile. */
	since(at: number): number {
		const sitting = this.#state?.sitting;
		return sitting ? sitting.at + this.#ms() - sitting.ms - at : this.#env.clock.now() - at;
	}

	/** Resolves when the event is durable. Throws KDR_FENCED_BY_OTHER, or what kept the journal from taking it. */
	append(event: RunEvent): Promise<void> {
		const done = this.#queue.then(() => this.#write(event));
		this.#queue = done.catch(() => {});
		return done;
	}

	async #write(body: RunEvent): Promise<void> {
		if (this.#broken) throw this.#broken;
		const event: RunEvent = { ...body, seq: (this.#state?.seq ?? 0) + 1, ms: this.#ms() };
		await this.#persist(event);
		const at = this.#env.clock.now();
		if (this.#state) advance(this.#state, event, at);
		else this.#state = begin({ run: this.#run, event, at });
		tell(this.#env, event);
	}

	async #persist(event: RunEvent): Promise<void> {
		for (let attempt = 1; ; attempt++) {
			try {
				await this.#writer.append(this.#run, event);
				return;
			} catch (thrown) {
				const error = asKdrError(thrown);
				if (error.code === 'KDR_FENCED_BY_OTHER') throw this.#break(error);
				if (await this.#isThere(event)) return;
				if (attempt === attempts) throw this.#break(error);
				await this.#env.clock.wait(retryAfterMs);
			}
		}
	}

	/** Whether an event whose reply was lost stands in the journal. Not readable: not known, so it is written again. */
	async #isThere(event: RunEvent): Promise<boolean> {
		try {
			const entries = await this.#env.journal.read(this.#env.link.name);
			return entries.some((entry) => entry.run === this.#run && entry.event.seq === event.seq && entry.event.type === event.type);
		} catch {
			return false;
		}
	}

	#break(error: KdrError): KdrError {
		this.#broken =
			error.code === 'KDR_FENCED_BY_OTHER'
				? error
				: new KdrError('KDR_JOURNAL_BROKEN', `the journal does not take the run's next event: ${error.message}`, {
						hint: `when the journal answers again: kdr runs resume ${this.#run}`,
						details: { code: error.code },
						cause: error,
					});
		return this.#broken;
	}
}
