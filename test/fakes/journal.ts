import { KdrError } from '../../src/domain/errors/kdr-error.ts';
import type { JournalEntry } from '../../src/domain/run/events.ts';
import type { Clock } from '../../src/ports/clock.ts';
import type { Journal, JournalWriter, RunSignal } from '../../src/ports/journal.ts';

/** The journal of one cluster in memory, with the same fencing as a transactional id. */
export class FakeJournal implements Journal {
	readonly #clock: Clock;
	readonly entries: JournalEntry[] = [];
	readonly #epochs = new Map<string, number>();
	/** Puts faults in front of the writers it gives out. */
	wrapWriter: (writer: JournalWriter) => JournalWriter = (writer) => writer;

	constructor(clock: Clock) {
		this.#clock = clock;
	}

	async read(link?: string): Promise<JournalEntry[]> {
		const ofLink = ({ event }: JournalEntry): boolean => event.type === 'run.started' && event.move.link === link;
		const runs = new Set(this.entries.filter(ofLink).map(({ run }) => run));
		return this.entries.filter(({ run }) => link === undefined || runs.has(run)).map((entry) => structuredClone(entry));
	}

	readonly #signals: (RunSignal & { run: string })[] = [];

	async signal(run: string, signal: RunSignal): Promise<void> {
		this.#signals.push({ run, ...structuredClone(signal) });
	}

	async signals(run: string, from = 0n): Promise<{ signals: RunSignal[]; next: bigint }> {
		const since = this.#signals.slice(Number(from)).filter((signal) => signal.run === run);
		return { signals: since.map(({ run: _, ...signal }) => signal), next: BigInt(this.#signals.length) };
	}

	async open(link: string): Promise<JournalWriter> {
		const epoch = (this.#epochs.get(link) ?? 0) + 1;
		this.#epochs.set(link, epoch);
		return this.wrapWriter({
			append: async (run, events) => {
				if (this.#epochs.get(link) !== epoch)
					throw new KdrError('KDR_FENCED_BY_OTHER', `another operator took the lock of ${link} over`);
				for (const event of events) {
					// Markers take offsets too, as on the real topic.
					const offset = BigInt(this.entries.length * 2);
					this.entries.push({ offset, at: this.#clock.now(), run, event: structuredClone(event) });
				}
			},
			close: async () => {},
		});
	}
}
