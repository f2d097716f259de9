import { asKdrError, KdrError } from '../domain/errors/kdr-error.ts';
import type { EngineEvent } from '../domain/run/engine-event.ts';
import type { RunEvent } from '../domain/run/events.ts';
import { advance, begin } from '../domain/run/fold.ts';
import type { RunState } from '../domain/run/state.ts';
import type { JournalWriter } from '../ports/journal.ts';
import type { EngineEnv } from './env.ts';

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

interface Waiting {
	event: RunEvent;
	/** Settled when it is or will never be; absent when nobody waits. */
	durable: PromiseWithResolvers<void> | undefined;
}

/**
 * Writes the events of one run, in order and numbered, and keeps the state they add up to. Those that come while others are on
 * their way go together, all or none. Once an event's fate cannot be learnt it writes nothing more: a later event could take the number of
 * one that still arrives.
 */
export class Recorder {
	readonly #env: EngineEnv;
	readonly #writer: JournalWriter;
	readonly #run: string;
	#state: RunState | undefined;
	#waiting: Waiting[] = [];
	#queue: Promise<void> = Promise.resolve();
	#broken: KdrError | undefined;
	readonly #begun: number;
	#heldAt = Number.NEGATIVE_INFINITY;

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

	/** When the last write began that the journal took, on the clock that never jumps: until then nobody else had the lock. */
	get heldAt(): number {
		return this.#heldAt;
	}

	async #take(events: readonly RunEvent[]): Promise<void> {
		const begun = this.#env.clock.monotonic();
		await this.#writer.append(this.#run, events);
		this.#heldAt = begun;
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
		const durable = Promise.withResolvers<void>();
		this.#keep(event, durable);
		void this.settled();
		return durable.promise;
	}

	/** For an event that another follows at once: they become durable together, at the latest with `settled`. */
	note(event: RunEvent): void {
		this.#keep(event);
	}

	/**
	 * Says that the run lives. Not numbered and tried once: one that fails ends nothing, the next event finds out what is true.
	 * Throws KDR_FENCED_BY_OTHER, or what kept the journal from taking it.
	 */
	beat(event: RunEvent): Promise<void> {
		const beat = this.#queue.then(() => this.#beat({ ...event, ms: this.#ms() }));
		this.#queue = beat.catch(() => {});
		return beat;
	}

	async #beat(event: RunEvent): Promise<void> {
		if (this.#broken) throw this.#broken;
		try {
			await this.#take([event]);
		} catch (thrown) {
			const error = asKdrError(thrown);
			throw error.code === 'KDR_FENCED_BY_OTHER' ? this.#break(error) : error;
		}
		if (this.#state) advance(this.#state, event, this.#env.clock.now());
		tell(this.#env, event);
	}

	/** Resolves when every event so far is durable or has failed. */
	settled(): Promise<void> {
		this.#queue = this.#queue.then(() => this.#writeWaiting());
		return this.#queue;
	}

	#keep(event: RunEvent, durable?: Waiting['durable']): void {
		this.#waiting.push({ event: { ...event, ms: this.#ms() }, durable });
	}

	async #writeWaiting(): Promise<void> {
		const together = this.#waiting;
		this.#waiting = [];
		if (together.length === 0) return;
		try {
			await this.#write(together.map(({ event }) => event));
			for (const { durable } of together) durable?.resolve();
		} catch (thrown) {
			for (const { durable } of together) durable?.reject(thrown);
		}
	}

	async #write(bodies: readonly RunEvent[]): Promise<void> {
		if (this.#broken) throw this.#broken;
		const before = this.#state?.seq ?? 0;
		const events = bodies.map((body, index): RunEvent => ({ ...body, seq: before + index + 1 }));
		await this.#persist(events);
		const at = this.#env.clock.now();
		for (const event of events) {
			if (this.#state) advance(this.#state, event, at);
			else this.#state = begin({ run: this.#run, event, at });
			tell(this.#env, event);
		}
	}

	async #persist(events: readonly RunEvent[]): Promise<void> {
		for (let attempt = 1; ; attempt++) {
			try {
				await this.#take(events);
				return;
			} catch (thrown) {
				const error = asKdrError(thrown);
				if (error.code === 'KDR_FENCED_BY_OTHER') throw this.#break(error);
				if (await this.#areThere(events)) return;
				if (attempt === attempts) throw this.#break(error);
				await this.#env.clock.wait(retryAfterMs);
			}
		}
	}

	/** Whether events whose reply was lost are in the journal. Not readable: not known, so they are written again. */
	async #areThere(events: readonly RunEvent[]): Promise<boolean> {
		const last = events.at(-1);
		try {
			const entries = await this.#env.journal.read(this.#env.link.name);
			return entries.some(
				(entry) => entry.run === this.#run && entry.event.seq === last?.seq && entry.event.type === last?.type,
			);
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
