import { setTimeout as wait } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { PartitionMap } from '../../src/domain/kafka/partition.ts';
import { freezeSide, killSide, labDown, labStatus, labUp, openLab } from '../../src/lab/lab.ts';
import { computeLedger, type LedgerTotals } from '../../src/lab/ledger/compute.ts';
import type { LedgerEvent } from '../../src/lab/ledger/events.ts';
import type { History, LogRecord } from '../../src/lab/ledger/history.ts';
import { readHistory, readLedger } from '../../src/lab/ledger/read.ts';
import { startTraffic, stopTraffic, trafficUp } from '../../src/lab/traffic/control.ts';
import { rateOf } from '../../src/lab/traffic/render.ts';

const name = `ledger-${process.pid}`;
const orders = { topic: 'orders', partition: 0 };
const silent = () => {};
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
	leftBehind: 0,
};

/** The history with one partition's log on east, or one group's events, changed. */
function tampered(
	history: History,
	change: { log?: (records: LogRecord[]) => void; group?: (events: LedgerEvent[]) => void },
): LedgerTotals {
	const sides = history.sides.map((side) => {
		if (side.alias !== 'east' || !change.log) return side;
		const logs = PartitionMap.from(side.logs.entries());
		const records = (logs.get(orders)?.records ?? []).map((record) => ({ ...record }));
		change.log(records);
		return { ...side, logs: logs.set(orders, { logStart: 0n, records }) };
	});
	const files = [...history.files].map((file) => {
		if (file.header.group !== 'search' || !change.group) return file;
		const events = [...file.events];
		change.group(events);
		return { ...file, events };
	});
	return computeLedger({ ...history, sides, files }).totals;
}

const fromOrders = (event: LedgerEvent): boolean =>
	event.e === 'processed' && event.topic === 'orders' && event.partition === 0;

describe('traffic and ledger on a real lab', { timeout: 180_000 }, () => {
	let history: History;

	beforeAll(async () => {
		await labUp({ name }, silent);
	}, 240_000);

	afterAll(async () => {
		await labDown(name);
	}, 60_000);

	it('finds nothing lost, skipped or repeated when nothing happened, at 500 records/s or more', async () => {
		const state = await startTraffic(openLab(name), { rate: 600 });
		await trafficUp(state, AbortSignal.timeout(90_000));
		await expect(readLedger(state, {}, silent)).rejects.toMatchObject({ code: 'KDR_LAB_TRAFFIC' });
		await wait(10_000); // long enough for a rate
		const status = await stopTraffic(state, silent);
		expect(status.undrained).toEqual([]);
		expect(rateOf(status)).toBeGreaterThanOrEqual(500);
		history = await readHistory(openLab(name), {}, silent);
		const { totals, groups } = computeLedger(history);
		expect(totals).toMatchObject({ ...zeros, remaining: 0 });
		expect(new Set(groups.filter(({ processed }) => processed > 0).map(({ group }) => group)).size).toBe(7);
	});

	it('notices one record dropped, doubled or swapped in the real log', () => {
		expect(tampered(history, { log: (records) => records.splice(10, 1) })).toMatchObject({
			...zeros,
			lost: 1,
			orphans: 1,
		});
		expect(tampered(history, { log: (records) => records.push(...records.slice(10, 11)) })).toMatchObject({
			...zeros,
			copied: 1,
		});
		const swapped = tampered(history, { log: (records) => records.splice(10, 2, ...records.slice(10, 12).reverse()) });
		expect(swapped).toMatchObject({ ...zeros, misordered: 1 });
	});

	it('notices one record skipped or repeated by a real group', () => {
		const skipped = tampered(history, { group: (events) => events.splice(events.findIndex(fromOrders), 1) });
		expect(skipped).toMatchObject({ ...zeros, skipped: 1 });
		const repeated = tampered(history, { group: (events) => events.push(...events.filter(fromOrders).slice(5, 6)) });
		expect(repeated).toMatchObject({ ...zeros, duplicated: 1 });
	});

	it('reads a side that is dead and one that is frozen, and leaves both as they were', async () => {
		await killSide(openLab(name), 'east');
		freezeSide(openLab(name), 'west');
		expect((await readLedger(openLab(name), {}, silent)).totals).toMatchObject({ ...zeros, remaining: 0 });
		const states = labStatus(openLab(name)).map((row) => [row.name, row.state]);
		expect(Object.fromEntries(states)).toMatchObject({
			'east-broker-1': 'dead',
			'east-connect': 'dead',
			'west-broker-1': 'frozen',
		});
	});
});
