import { dirname } from 'node:path';
import { expect } from 'vitest';
import type { Report } from '../../src/domain/report/report.ts';
import type { LabAlias } from '../../src/lab/estate.ts';
import type { LedgerResult } from '../../src/lab/ledger/compute.ts';
import { readLedgerFiles } from '../../src/lab/ledger/files.ts';
import type { TrafficStatus } from '../../src/lab/traffic/status.ts';
import type { KdrProcess } from './kdr.ts';
import { until } from './until.ts';

/** Until every client is connected to `side` and has done something there. Arrival is their own doing: they start again by name. */
export async function trafficArrives(kdr: KdrProcess, side: string): Promise<void> {
	const work = ({ acked, processed }: TrafficStatus['clients'][number]): number => acked + processed;
	const before = new Map<string, number>();
	await until(`all clients are active on ${side}`, 120_000, async () => {
		const { clients } = kdr.trafficStatus();
		for (const client of clients) {
			if (client.side !== side) before.delete(client.client);
			else if (!before.has(client.client)) before.set(client.client, work(client));
		}
		return clients.every((client) => work(client) > (before.get(client.client) ?? Number.POSITIVE_INFINITY));
	});
}

/**
 * Until the standby knows every group in every partition it reads (`all` of them): one that was never checkpointed is nothing a
 * claim can cover.
 */
export async function standbyKnowsGroups(kdr: KdrProcess, to: string, all = 29): Promise<void> {
	await until(`MirrorMaker has synced every group to ${to}`, 120_000, async () => {
		const { rows } = await kdr.ok<{ rows: { prior: string | null }[] }>('offsets', 'convert', '--to', to);
		return rows.length >= all && rows.every(({ prior }) => prior !== null);
	});
}

/** Claim ≥ truth, for the loss, for what is read again in all, and per group. A lab's ledger covers all moves: `before` is what earlier ones cost. */
export function expectClaimsHold(truth: LedgerResult, { loss, reread }: Report, before?: LedgerResult): void {
	if (loss.kind === 'at-most') {
		if (loss.records !== null) expect(truth.totals.lost).toBeLessThanOrEqual(Number(loss.records));
		if (loss.ms !== null) expect(truth.lossMs).toBeLessThanOrEqual(loss.ms);
	}
	if (reread.kind !== 'at-most') throw new Error(`what is read again is ${reread.kind}`);
	expect(truth.totals.duplicated - (before?.totals.duplicated ?? 0)).toBeLessThanOrEqual(Number(reread.records));
	const groups = new Set(truth.groups.map((row) => row.group));
	expectWithinBounds(
		reread,
		[...groups].map((group) => [group, repeated(truth, group) - (before ? repeated(before, group) : 0)]),
	);
}

/**
 * The same for what is read again, counting only what groups were given on `side` after they had processed it anywhere. Clients that
 * a freeze made start over where they were read again there too; that is not the move's.
 */
export function expectRereadHolds(kdr: KdrProcess, side: LabAlias, { reread }: Report): void {
	if (reread.kind !== 'at-most') throw new Error(`what is read again is ${reread.kind}`);
	expectWithinBounds(reread, readAgainOn(kdr, side));
}

function expectWithinBounds(
	{ worst }: Extract<Report['reread'], { kind: 'at-most' }>,
	read: Iterable<readonly [string, number]>,
): void {
	const bounds = new Map(worst.map(({ group, records }) => [group, Number(records ?? Number.POSITIVE_INFINITY)]));
	for (const [group, again] of read)
		expect({ group, within: again <= (bounds.get(group) ?? 0) }, `${group} read ${again} again`).toEqual({
			group,
			within: true,
		});
}

/** By group. */
function readAgainOn(kdr: KdrProcess, side: LabAlias): Map<string, number> {
	const { clusterId } = kdr.labState().sides[side];
	const processed = readLedgerFiles(dirname(kdr.config)).flatMap(({ header, events }) => {
		let cluster: string | null = null;
		return [...events].flatMap((event) => {
			if (event.e === 'session') cluster = event.cluster;
			return event.e === 'processed'
				? [{ group: header.group ?? header.client, id: event.id, t: event.t, cluster }]
				: [];
		});
	});
	const again = new Map<string, number>();
	const seen = new Set<string>();
	for (const { group, id, cluster } of processed.sort((a, b) => a.t - b.t)) {
		const key = JSON.stringify([group, id]);
		if (seen.has(key) && cluster === clusterId) again.set(group, (again.get(group) ?? 0) + 1);
		seen.add(key);
	}
	return again;
}

const repeated = ({ groups }: LedgerResult, group: string): number =>
	groups.reduce((sum, row) => sum + (row.group === group ? row.duplicated : 0), 0);
