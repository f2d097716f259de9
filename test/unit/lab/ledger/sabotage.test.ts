import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { LedgerTotals } from '../../../../src/lab/ledger/compute.ts';
import { computeLedger } from '../../../../src/lab/ledger/compute.ts';
import type { LedgerEvent } from '../../../../src/lab/ledger/events.ts';
import type { LogRecord } from '../../../../src/lab/ledger/history.ts';
import type { Recipe, Tampered } from './estate.ts';
import { cleanHistory, historyOf } from './estate.ts';

const zeros = {
	lost: 0,
	orphans: 0,
	phantoms: 0,
	damaged: 0,
	copied: 0,
	misordered: 0,
	skipped: 0,
	duplicated: 0,
	reordered: 0,
	remaining: 0,
	leftBehind: 0,
};

/** What the ledger says is wrong, without the counts that rise when all is well. */
function faults(history: Tampered): Partial<LedgerTotals> {
	const { acked: _acked, ...rest } = computeLedger(historyOf(history)).totals;
	return rest;
}

const recipes: fc.Arbitrary<Recipe> = fc.record({
	partitions: fc.integer({ min: 1, max: 4 }),
	before: fc.integer({ min: 30, max: 80 }),
	after: fc.integer({ min: 30, max: 80 }),
	aborts: fc.constantFrom(0, 2, 5),
	lags: fc.array(fc.integer({ min: 0, max: 6 }), { minLength: 1, maxLength: 3 }),
	unanswered: fc.constantFrom(0, 7),
	foreign: fc.boolean(),
});

/** A tampering, and what of it the ledger has to report, no more and no less. `at` chooses the place. */
type Sabotage = (history: Tampered, at: number) => Partial<LedgerTotals>;

const pick = <T>(list: readonly T[], at: number): T => {
	const found = list[at % list.length];
	if (found === undefined) throw new Error('nothing to tamper with');
	return found;
};

type Processed = Extract<LedgerEvent, { e: 'processed' }>;
const events = (history: Tampered, at: number) => pick([...history.consumers.values()], at);
const processed = (list: readonly LedgerEvent[]): Processed[] => list.filter((event) => event.e === 'processed');
const acked = (history: Tampered) => new Set(history.producer.flatMap((event) => (event.e === 'ok' ? [event.id] : [])));
const seqOf = (id: string) => Number(id.split('.')[1]);

const sabotages: Record<string, Sabotage> = {
	'an acked record dropped from the side clients moved to'(history, at) {
		const log = pick(history.logs.west, at);
		const answered = acked(history);
		const victim = pick(
			log.filter(({ id, state }) => id !== null && state === 'visible' && answered.has(id)),
			at,
		);
		log.splice(log.indexOf(victim), 1);
		const elsewhere = history.logs.east.flat().some(({ id }) => id === victim.id);
		return { lost: 1, orphans: elsewhere ? 1 : 0 };
	},
	'a record mirrored twice'(history, at) {
		const log = pick(history.logs.west, at);
		const record = pick(
			log.filter(({ id, state }) => id !== null && state === 'visible'),
			at,
		);
		log.push({ ...record, offset: BigInt(log.length + 1000) });
		return { copied: 1 };
	},
	'two neighbours of one producer swapped in the log'(history, at) {
		const log = pick(history.logs.west, at);
		const seen = log.filter(({ id, state }) => id !== null && state === 'visible');
		const first = at % (seen.length - 1);
		swapIds(pick(seen, first), pick(seen, first + 1));
		return { misordered: 1 };
	},
	'an aborted or refused record seen'(history, at) {
		const log = pick(history.logs.west, at);
		const id = `maker.${1e6 + at}`;
		const invoke = { e: 'invoke', t: 1, id, seq: 1e6 + at, topic: 'orders', partition: 0, key: null } as const;
		history.producer.push(invoke, { e: 'fail', t: 2, id, error: 'denied' });
		log.push({ offset: BigInt(log.length + 1000), id, damaged: false, key: null, state: 'visible' });
		return { phantoms: 1, remaining: history.consumers.size };
	},
	'a record damaged on its way'(history, at) {
		const log = pick(history.logs.west, at);
		const answered = acked(history);
		const victim = pick(
			log.filter(({ id, state }) => id !== null && state === 'visible' && answered.has(id)),
			at,
		);
		const elsewhere = history.logs.east.flat().some(({ id }) => id === victim.id);
		Object.assign(victim, { id: null, damaged: true });
		return { damaged: 1, lost: 1, orphans: elsewhere ? 1 : 0 };
	},
	'a record never handed to the application'(history, at) {
		const list = events(history, at);
		list.splice(list.indexOf(pick(processed(list), at)), 1);
		return { skipped: 1 };
	},
	'a record handed to the application twice'(history, at) {
		const list = events(history, at);
		const victim = pick(processed(list), at);
		list.splice(list.indexOf(victim), 0, { ...victim });
		return { duplicated: 1 };
	},
	'two neighbours handed over in the wrong order'(history, at) {
		const list = events(history, at);
		const ofPartition = Map.groupBy(processed(list), ({ partition }) => partition);
		const run = pick(
			[...ofPartition.values()].filter((all) => all.length > 1),
			at,
		);
		const first = at % (run.length - 1);
		swapIds(pick(run, first), pick(run, first + 1));
		return { reordered: 1 };
	},
	'a client that stayed on the side that was left'(history, at) {
		events(history, at).push(
			{ e: 'session', t: 1e9, cluster: 'cluster-east' },
			{ e: 'assigned', t: 1e9, partitions: [] },
		);
		return { leftBehind: 1 };
	},
};

function swapIds(a: Pick<LogRecord, 'id'> | Processed, b: Pick<LogRecord, 'id'> | Processed): void {
	if (a.id === null || b.id === null || seqOf(a.id) > seqOf(b.id)) throw new Error('not in order before the swap');
	[a.id, b.id] = [b.id, a.id];
}

describe('the ledger', () => {
	it('finds nothing wrong in a clean switchover, whatever its size, lags, aborts and unanswered sends', () => {
		fc.assert(
			fc.property(recipes, (recipe) => {
				expect(faults(cleanHistory(recipe))).toEqual(zeros);
			}),
			{ numRuns: 1000 },
		);
	});

	it.each(Object.entries(sabotages))('counts %s exactly, and nothing else', (_name, sabotage) => {
		fc.assert(
			fc.property(recipes, fc.nat(10_000), (recipe, at) => {
				const history = cleanHistory(recipe);
				const expected = sabotage(history, at);
				expect(faults(history)).toEqual({ ...zeros, ...expected });
			}),
			{ numRuns: 200 },
		);
	});
});
