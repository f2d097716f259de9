import { asAdmin, labKafka, makeTopics } from './cluster-setup.ts';
import type { LabAlias, LabState } from './estate.ts';
import { until } from './waiting.ts';

/** Topics of a team that shares the clusters; kdr must leave them as they are. The mirror takes `inventory` along. */
const topics = [
	{ name: 'inventory', partitions: 2, config: { 'retention.ms': '86400000' } },
	{ name: 'warehouse.stock', partitions: 2, config: {} },
];

/** Names that people give groups; none has a member. */
export const oddGroups = ['warehouse batch "nightly"', 'warehouse/склад', "warehouse's copy"];

/** A live group of theirs, which the process `tenant/main` keeps. */
export const liveGroup = 'warehouse-live';
export const liveTopic = 'warehouse.stock';

/** So that a mirror which carries them back shows. */
async function fill(state: LabState, alias: LabAlias): Promise<void> {
	const producer = (await labKafka(state, alias, 'admin')).producer();
	await producer.connect();
	try {
		const messages = Array.from({ length: 20 }, (_, n) => ({ key: String(n), value: `item ${n}`, partition: n % 2 }));
		await producer.send({ topic: 'inventory', acks: -1, messages });
	} finally {
		await producer.disconnect();
	}
}

export async function createOtherTeam(state: LabState, alias: LabAlias): Promise<void> {
	if (alias !== 'east') return;
	await makeTopics(state, alias, topics);
	const { process } = state.sides[alias].brokers[0] ?? {};
	const what = 'topics and groups of the other team';
	await until({ what, ms: 30_000, processes: process ? [process] : [] }, async () => {
		await fill(state, alias);
		await asAdmin(state, alias, async (admin) => {
			for (const groupId of oddGroups) {
				const partitions = [{ partition: 0, offset: '0' }];
				await admin.setOffsets({ groupId, topic: liveTopic, partitions });
			}
		});
		return true;
	});
}
