import { describe, expect, it } from 'vitest';
import { computeLedger } from '../../../../src/lab/ledger/compute.ts';
import type { LogRecord } from '../../../../src/lab/ledger/history.ts';
import { cleanHistory, historyOf, topic } from './estate.ts';

const recipe = { partitions: 2, before: 40, after: 0, aborts: 0, lags: [0], unanswered: 0, foreign: false };
const record = (id: string, offset: number, key: string): LogRecord => ({
	id,
	offset: BigInt(offset),
	key,
	damaged: false,
	state: 'visible',
});

describe('the ledger', () => {
	it('dates the loss from the first lost ack to the last ack of the side that died', () => {
		const history = cleanHistory(recipe);
		const acks = history.producer.filter((event) => event.e === 'ok');
		const lost = new Set(acks.slice(-5).map(({ id }) => id));
		for (const log of history.logs.west)
			log.splice(0, log.length, ...log.filter(({ id }) => id !== null && !lost.has(id)));
		const result = computeLedger(historyOf(history));
		expect(result.totals).toMatchObject({ lost: 5, orphans: 5, skipped: 0 });
		expect(result.lossMs).toBe((acks.at(-1)?.t ?? 0) - (acks.at(-5)?.t ?? 0));
	});

	it('counts what a group has yet to read as remaining, not as skipped', () => {
		const history = cleanHistory({ ...recipe, lags: [0] });
		for (const events of history.consumers.values()) events.splice(0, events.length, ...events.slice(0, 2));
		history.committed.set('group-0', [0n, 0n]);
		expect(computeLedger(historyOf({ ...history, active: 'east' })).totals).toMatchObject({
			skipped: 0,
			remaining: 40,
		});
	});

	it('counts as skipped what lies below a position that somebody else committed for the group', () => {
		const history = cleanHistory(recipe);
		const [first] = history.consumers.values();
		first?.splice(
			0,
			first.length,
			{ e: 'session', t: 1, cluster: 'cluster-west' },
			{ e: 'assigned', t: 2, partitions: [[topic, 0]] },
		);
		history.committed.set('group-0', [3n, 0n]);
		expect(computeLedger(historyOf(history)).totals).toMatchObject({ skipped: 3, remaining: 37 });
	});

	it('takes a compacted record for kept where a newer one of its key is there, and for lost where only an older one is', () => {
		const history = cleanHistory({ ...recipe, before: 0 });
		const sent = (seq: number) =>
			({ e: 'invoke', t: seq, id: `maker.${seq}`, seq, topic, partition: 0, key: 'k' }) as const;
		for (const seq of [1, 2, 3])
			history.producer.push(sent(seq), { e: 'ok', t: seq, id: `maker.${seq}`, offset: `${seq}` });
		history.logs.west[0] = [record('maker.3', 3, 'k')];
		expect(computeLedger(historyOf(history, [topic])).totals.lost).toBe(0);
		history.logs.west[0] = [record('maker.2', 2, 'k')];
		expect(computeLedger(historyOf(history, [topic])).totals.lost).toBe(1);
	});

	it('forgives an unanswered commit of a transaction either way, and reports an aborted one that is seen', () => {
		const history = cleanHistory({ ...recipe, aborts: 2 });
		const aborted = history.logs.east.flat().filter(({ state }) => state === 'aborted').length;
		const ends = history.producer.filter((event) => event.e === 'tx-end' && event.outcome === 'committed');
		for (const end of ends) Object.assign(end, { outcome: 'info' });
		expect(computeLedger(historyOf(history)).totals).toMatchObject({ acked: 0, lost: 0, phantoms: 0 });
		for (const log of history.logs.east) for (const entry of log) Object.assign(entry, { state: 'visible' });
		expect(computeLedger(historyOf(history)).totals.phantoms).toBe(aborted);
	});
});
