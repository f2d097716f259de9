import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { asAdmin } from '../../src/lab/cluster-setup.ts';
import type { LabAlias } from '../../src/lab/estate.ts';
import { estates } from '../../src/lab/estates/index.ts';
import type { LedgerResult } from '../../src/lab/ledger/compute.ts';
import { liveGroup, oddGroups } from '../../src/lab/other-team.ts';
import { EstateLab } from '../support/estate-story.ts';
import { until } from '../support/until.ts';

interface Connector {
	info: { config: Record<string, string> };
}

describe('estate hostile', () => {
	const lab = new EstateLab('hostile');
	beforeAll(lab.up);
	afterAll(lab.down);

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

	it('a switchover serves, or refuses by name before anybody is fenced: nothing in between', async () => {
		const state = lab.kdr.labState();
		const ends = async (side: LabAlias) => {
			const all = await asAdmin(state, side, (admin) => admin.fetchTopicOffsets('inventory'));
			return all.map(({ partition, high }) => `${partition}: ${high}`).sort();
		};
		const mirrored = async () => (await ends('west')).join() === (await ends('east')).join();
		await until("the other team's records are mirrored", 60_000, mirrored);
		const untouched = await lab.outside();
		await lab.traffic();
		const moved = await lab.kdr.json('switchover', '--to', 'west', '--confirm', 'west');
		if (moved.exit === 0) {
			const truth = await lab.ledger('west');
			expect(truth.totals).toMatchObject({ lost: 0, orphans: 0, skipped: 0, phantoms: 0, copied: 0, leftBehind: 0 });
		} else {
			// 3 and 4 say that nothing was changed.
			expect([3, 4], `${JSON.stringify(moved.error)}\n${moved.stderr}`).toContain(moved.exit);
			expect(moved.error?.code).toMatch(/^KDR_/);
			expect(await lab.kdr.ok('dns', 'show')).toMatchObject({ side: 'east' });
			const { clients } = lab.kdr.trafficStatus();
			expect(clients.filter(({ failed }) => failed > 0)).toEqual([]);
			await lab.kdr.inLab('traffic', '--stop');
			const truth = await lab.kdr.inLab<LedgerResult>('ledger');
			expect(truth.totals).toMatchObject({ lost: 0, skipped: 0, phantoms: 0, copied: 0, leftBehind: 0 });
		}
		expect(await lab.outside()).toEqual(untouched);
	});
});
