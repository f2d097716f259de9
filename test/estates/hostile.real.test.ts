import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { journalTopic } from '../../src/adapters/journal-topic/journal.ts';
import { asAdmin } from '../../src/lab/cluster-setup.ts';
import type { LabAlias } from '../../src/lab/estate.ts';
import { estates } from '../../src/lab/estates/index.ts';
import type { LedgerResult } from '../../src/lab/ledger/compute.ts';
import { liveGroup, oddGroups } from '../../src/lab/other-team.ts';
import { EstateLab } from '../support/estate-story.ts';
import { expectClaimsHold } from '../support/truth.ts';
import { until } from '../support/until.ts';

interface Connector {
	info: { config: Record<string, string> };
}

describe('estate hostile', () => {
	const lab = new EstateLab('hostile');
	beforeAll(lab.up);
	afterAll(lab.down);
	/** Of west's journal, after the one move to west. */
	let afterFirst = Number.POSITIVE_INFINITY;
	const journalEnd = (): Promise<number> =>
		asAdmin(lab.kdr.labState(), 'west', async (admin) => {
			const [end] = await admin.fetchTopicOffsets(journalTopic);
			return Number(end?.high);
		});

	it('is as odd as it says: else what passes on it proves nothing', async () => {
		const state = lab.kdr.labState();
		const answer = await fetch(`${state.sides.west.connect.url}/connectors?expand=info`);
		const connectors = Object.entries((await answer.json()) as Record<string, Connector>);
		expect(connectors).toHaveLength(4);
		for (const [, { info }] of connectors) {
			expect(info.config['target.cluster.alias']).toBeUndefined();
			expect(info.config['offset-syncs.topic.location']).toBe('source');
		}
		expect(connectors.find(([name]) => name === 'east-to-west-source')?.[1].info.config.topics).toBe('.*');
		expect([state.sides.east.brokers.length, state.sides.west.brokers.length]).toEqual([3, 1]);
		expect(state.dns.ttl).toBe(60);
		await until("the other team's group has a member", 60_000, () =>
			asAdmin(state, 'east', async (admin) => {
				const { groups } = await admin.describeGroups([liveGroup]);
				return groups[0]?.state === 'Stable';
			}),
		);
		const listed = await asAdmin(state, 'east', (admin) => admin.listGroups());
		const names = listed.groups.map(({ groupId }) => groupId);
		expect(names).toEqual(expect.arrayContaining([...oddGroups, 'Plattform "Übertragung" east']));
		const topics = await asAdmin(state, 'west', (admin) => admin.listTopics());
		expect(topics).toEqual(expect.arrayContaining([...estates.hostile.topics.map(({ name }) => name), 'inventory']));
		const { records, ...sides } = await lab.outside();
		expect(JSON.stringify(records)).toContain('"SetIdentifier":"green"');
		expect(JSON.stringify(sides)).toContain('User:tenant');
	});

	it('a switchover there and home loses, skips and copies back nothing, and leaves the other team as it was', async () => {
		const state = lab.kdr.labState();
		const ends = async (side: LabAlias) => {
			const all = await asAdmin(state, side, (admin) => admin.fetchTopicOffsets('inventory'));
			return all.map(({ partition, high }) => `${partition}: ${high}`).sort();
		};
		const mirrored = async () => (await ends('west')).join() === (await ends('east')).join();
		await until("the other team's records are mirrored", 60_000, mirrored);
		const untouched = await lab.outside();
		let before: LedgerResult | undefined;
		for (const to of ['west', 'east']) {
			await lab.traffic();
			const { report } = await lab.move('switchover', to);
			expect(report.loss).toMatchObject({ records: '0' });
			const truth = await lab.ledger(to);
			expect(truth.totals).toMatchObject({ lost: 0, orphans: 0, skipped: 0, phantoms: 0, copied: 0, leftBehind: 0 });
			expectClaimsHold(truth, report, before);
			expect(await lab.outside()).toEqual(untouched);
			before = truth;
			if (to === 'west') afterFirst = await journalEnd();
		}
	});

	it('the journal survives that the mirror of every topic copies it: each run is there once, and another can be planned', async () => {
		await until("east's journal is copied to west", 60_000, async () => (await journalEnd()) > afterFirst);
		const { runs } = await lab.kdr.ok<{ runs: { run: string }[] }>('runs', 'list');
		expect(runs).toHaveLength(2);
		await lab.kdr.ok('switchover', '--to', 'west', '--dry-run');
	});
});
