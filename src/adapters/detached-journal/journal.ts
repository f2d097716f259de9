import { asKdrError, ifUnreadable } from '../../domain/errors/kdr-error.ts';
import type { JournalEntry, RunEvent } from '../../domain/run/events.ts';
import type { Clock } from '../../ports/clock.ts';
import type { Journal, JournalWriter } from '../../ports/journal.ts';
import { DeadlinePassed, within } from '../kafka-side/deadline.ts';

/** A journal that may be gone, unreadable or full: nothing waits for it, and it gets every event as soon as it takes one. */
export interface DetachedJournal extends Journal {
	/** Events that it did not take so far. */
	unwritten(): number;
}

/** How long a journal that failed is left alone, ms. */
const pauseMs = 15_000;
/** Own events have places behind all that the journal may hold. */
const ownOffsets = 2n ** 62n;

/** `patienceMs`: how long any answer of the journal is waited for. */
export function detachedJournal(journal: Journal, clock: Clock, patienceMs = 5_000): DetachedJournal {
	const own: JournalEntry[] = [];
	let written = 0;
	let leftAloneUntil = Number.NEGATIVE_INFINITY;

	const failed = (): void => {
		leftAloneUntil = clock.monotonic() + pauseMs;
	};
	/** Undefined: no answer that helps. */
	const tried = async <T>(work: () => Promise<T>): Promise<T | undefined> => {
		if (clock.monotonic() < leftAloneUntil) return undefined;
		try {
			return await within(patienceMs, work());
		} catch (thrown) {
			if (!(thrown instanceof DeadlinePassed)) {
				const error = asKdrError(thrown);
				if (error.code === 'KDR_BUG' || error.code === 'KDR_FENCED_BY_OTHER') throw error;
			}
			failed();
			return undefined;
		}
	};

	return {
		unwritten: () => own.length - written,
		async read(link) {
			const known = await tried(() => journal.read(link));
			return known ? [...known, ...own.slice(written)] : [...own];
		},
		signal: (run, signal) => journal.signal(run, signal),
		signals: async (run, from) => (await tried(() => journal.signals(run, from))) ?? { signals: [], next: from ?? 0n },
		async open(link) {
			let writer = await tried(() => journal.open(link));
			const flush = async (): Promise<void> => {
				writer ??= await tried(() => journal.open(link));
				while (writer && written < own.length) {
					const holder: JournalWriter = writer;
					const { run, events } = nextOfOneRun(own.slice(written));
					const taken = await tried(() => holder.append(run, events).then(() => true));
					if (!taken) return;
					written += events.length;
				}
			};
			return {
				async append(run, events) {
					for (const event of events) {
						// A heartbeat says something only while somebody can read it.
						if (event.type === 'run.heartbeat' && !writer) continue;
						own.push({ offset: ownOffsets + BigInt(own.length), at: clock.now(), run, event });
					}
					await flush();
				},
				async close() {
					leftAloneUntil = Number.NEGATIVE_INFINITY;
					await flush();
					await writer?.close().catch(ifUnreadable(undefined));
				},
			};
		},
	};
}

/** Those of one run in a row: what one write can hold. */
function nextOfOneRun(entries: readonly JournalEntry[]): { run: string; events: RunEvent[] } {
	const run = entries[0]?.run ?? '';
	const other = entries.findIndex((entry) => entry.run !== run);
	return { run, events: (other < 0 ? entries : entries.slice(0, other)).map(({ event }) => event) };
}
