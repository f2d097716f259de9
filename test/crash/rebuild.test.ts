import { afterAll, expect, test } from 'vitest';
import { type CrashSubject, surviveEveryCrash } from '../support/crash.ts';
import { crashingIo } from '../support/crash-writes.ts';
import { allow, at, committed, type Estate, processOf, produce, request, shipped } from '../support/estate.ts';
import { operator } from '../support/toy.ts';
import { onEast, returned, runOf, step } from '../support/way-back.ts';

const rebuild = await shipped('rebuild');
const survived: string[] = [];
afterAll(() => void process.stdout.write(`crash points survived: ${survived.join(', ')}\n`));

/** Replayed, and written on since: what must be on east afterwards, once. */
async function diverged(): Promise<Estate> {
	const here = await returned(4, ({ east }) => {
		allow(east, 'User:app');
		for (const partition of [0, 1]) east.commitAs('lagging', at(partition), 7n);
		const topic = east.topics.get('orders');
		if (topic) topic.config = { 'min.insync.replicas': '2' };
	});
	await runOf(here, onEast, [step('salvage-replay')]);
	here.west.createTopic('payments', 3);
	for (const partition of [0, 1]) {
		produce(here.west, 8, at(partition), 'away');
		here.west.commitAs('lagging', at(partition), 22n);
	}
	produce(here.west, 3, at(2, 'payments'), 'new');
	return here;
}

function pictureOf({ east, west, connect, connectEast }: Estate) {
	const logs = (kafka: typeof east) =>
		[...kafka.topics.values()]
			.filter(({ name }) => name === 'orders' || name === 'payments')
			.map(({ name, id, config, logs: all }) => ({
				...{ name, id: name === 'orders' ? id : null, config },
				records: all.map((log) => [...log.read(0n, 1_000n, 'committed')].map(({ value }) => value?.toString())),
			}));
	const connectors = (mirror: typeof connect) =>
		[...mirror.running.values()].map(({ name, target, positions }) => ({ name, target, positions: [...positions] }));
	return {
		...{ east: logs(east), west: logs(west), connectors: [connectors(connect), connectors(connectEast)] },
		acls: east.acls.map((acl) => JSON.stringify(acl)).sort(),
		offsets: [committed(east, 'lagging'), committed(west, 'lagging')],
	};
}

interface Subject {
	here: Estate;
	effects: string[];
}

let processes = 0;

const subject: CrashSubject<Subject> = {
	world: async () => ({ here: await diverged(), effects: [] }),
	env({ here, effects }, crasher) {
		const env = processOf(here, onEast, { operator: operator('ana', ++processes) });
		return {
			...env,
			io: crashingIo(env.io, crasher, { picture: () => pictureOf(here), effects, turn: Promise.resolve() }),
		};
	},
	request: request('crashing', onEast, rebuild),
	afterCrash: ({ here }) => here.world.clock.advance(20_000),
	picture({ here }) {
		here.world.clock.advance(5_000);
		return pictureOf(here);
	},
	inspect({ effects }, crash) {
		expect(new Set(effects).size, `an effect was had twice after ${crash}:\n${effects.join('\n')}`).toBe(
			effects.length,
		);
		const deletions = effects.filter((effect) => effect.includes('deleteTopics') && effect.startsWith('east'));
		expect(deletions.length, `the topics of east deleted after ${crash}`).toBe(1);
	},
};

test('a rebuild killed at any journal event or around any single write ends, resumed, with the same clean mirror, its topics deleted once', async () => {
	const count = await surviveEveryCrash(subject);
	survived.push(`rebuild ${count}`);
	expect(count).toBeGreaterThan(80);
}, 240_000);

test('a rebuilt cluster holds what the active one holds and nothing else, under its own settings, and the mirror out of it is left at no position', async () => {
	const here = await diverged();
	const outcome = await runOf(here, onEast, rebuild);
	expect(outcome.error?.message).toBeUndefined();
	expect(outcome.result).toBe('done');
	here.world.clock.advance(5_000);
	const values = (kafka: typeof here.east, partition: number, topic = 'orders') =>
		[...kafka.log(at(partition, topic)).read(0n, 1_000n, 'committed')].map(({ value }) => value?.toString());
	for (const partition of [0, 1]) expect(values(here.east, partition)).toEqual(values(here.west, partition));
	expect(values(here.east, 2, 'payments')).toHaveLength(3);
	expect(here.east.topics.get('orders')?.config).toEqual({ 'min.insync.replicas': '2' });
	// MirrorMaker 2's own checkpoints: never past, and none of the old log, where the group was at 7.
	expect(committed(here.east, 'lagging')).toEqual({ 'orders:0': 1n, 'orders:1': 1n });
	expect([...here.connect.running.values()].map(({ target, positions }) => [target, positions.size])).toEqual([
		['STOPPED', 0],
		['STOPPED', 0],
		['RUNNING', 0],
	]);
});
