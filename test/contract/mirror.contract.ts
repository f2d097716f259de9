import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { PartitionMap } from '../../src/domain/kafka/partition.ts';
import { aliasesOf, roleOf } from '../../src/domain/mirror/identity.ts';
import type { Mirror } from '../../src/ports/mirror.ts';
import { until } from '../support/until.ts';

/** Two clusters mirrored from `source` to the Connect cluster's own, with a running source connector. */
export interface MirrorLab {
	mirror: Mirror;
	source: string;
	sourceConnector: string;
	/** Id of the Kafka cluster beside Connect. */
	clusterId(): Promise<string>;
	/** Writes to a mirrored topic on the source; `topic` exists on both sides. */
	topic: string;
	produce(values: readonly string[]): Promise<void>;
	close(): Promise<void>;
}

/** What the Mirror port promises. */
export function mirrorContract(name: string, make: () => Promise<MirrorLab>): void {
	describe(`${name}: mirror port`, () => {
		let lab: MirrorLab;
		beforeAll(async () => {
			lab = await make();
		});
		afterAll(async () => {
			await lab?.close();
		});

		const find = async (connector: string) => (await lab.mirror.connectors()).find((known) => known.name === connector);
		const stopped = (connector: string) =>
			until(`${connector} is stopped`, 30_000, async () => {
				const known = await find(connector);
				return known?.state === 'STOPPED' && known.tasks.length === 0 && known;
			});

		it('names the Kafka cluster it belongs to', async () => {
			expect(await lab.mirror.kafkaClusterId()).toBe(await lab.clusterId());
		});

		it('lists MirrorMaker connectors with role, direction, state and tasks', async () => {
			const source = await until('the source connector runs', 60_000, async () => {
				const known = await find(lab.sourceConnector);
				return known?.state === 'RUNNING' && known.tasks.length > 0 && known;
			});
			const aliases = { source: lab.source, target: lab.mirror.alias };
			expect([roleOf(source.config), aliasesOf(source.config)]).toEqual(['source', aliases]);
			expect((await lab.mirror.connectors()).map(({ config }) => roleOf(config)).sort()).toEqual([
				'checkpoint',
				'heartbeat',
				'source',
			]);
		});

		it('gives the offset of the last mirrored record, stops, seeds by it, and resumes behind it', async () => {
			await lab.produce(['a', 'b', 'c']);
			const at = { topic: lab.topic, partition: 0 };
			const position = await until('three records are mirrored', 60_000, async () =>
				(await lab.mirror.positions(lab.sourceConnector)).get(at),
			);
			await lab.mirror.stop(lab.sourceConnector);
			await lab.mirror.stop(lab.sourceConnector);
			await stopped(lab.sourceConnector);
			const held = (await lab.mirror.positions(lab.sourceConnector)).get(at) ?? -1n;
			expect(held).toBeGreaterThanOrEqual(position);
			await lab.produce(['skipped', 'next']);
			await lab.mirror.seed(lab.sourceConnector, lab.source, PartitionMap.from([[at, held + 1n]]));
			expect((await lab.mirror.positions(lab.sourceConnector)).get(at)).toBe(held + 1n);
			await lab.mirror.resume(lab.sourceConnector);
			await until(
				'it continues after the seed',
				60_000,
				async () => (await lab.mirror.positions(lab.sourceConnector)).get(at) === held + 2n,
			);
		});

		it('prepares a connector STOPPED, replaces its configuration, seeds it before it ever ran, lets it forget that, and removes it', async () => {
			const known = await until('the source connector is listed', 30_000, () => find(lab.sourceConnector));
			const connector = 'contract odd name ø';
			const config = { ...known.config, name: connector, topics: 'none-at-all' };
			await lab.mirror.prepare(connector, config);
			await lab.mirror.prepare(connector, { ...config, topics: 'none-still' });
			expect((await stopped(connector)).config.topics).toBe('none-still');
			// Many, and again and again: Connect reads its own topic late, and not all of it at once.
			const seeded = PartitionMap.from(
				Array.from({ length: 20 }, (_, partition) => [{ topic: lab.topic, partition }, 41n] as const),
			);
			for (let round = 0; round < 5; round++) {
				await lab.mirror.seed(connector, lab.source, seeded);
				expect((await lab.mirror.positions(connector)).size).toBe(seeded.size);
				await lab.mirror.forget(connector);
				expect((await lab.mirror.positions(connector)).size).toBe(0);
			}
			const at = { topic: lab.topic, partition: 0 };
			await lab.mirror.seed(connector, lab.source, PartitionMap.from([[at, 41n]]));
			expect((await lab.mirror.positions(connector)).get(at)).toBe(41n);
			await lab.mirror.forget(connector);
			await lab.mirror.forget(connector);
			expect((await lab.mirror.positions(connector)).size).toBe(0);
			await lab.mirror.remove(connector);
			await until('it is gone', 10_000, async () => (await find(connector)) === undefined);
			await lab.mirror.remove(connector);
		});

		it('refuses to seed a connector that runs, and knows none that is not there', async () => {
			const at = { topic: lab.topic, partition: 0 };
			await until('it runs', 60_000, async () => (await find(lab.sourceConnector))?.state === 'RUNNING');
			const seeding = lab.mirror.seed(lab.sourceConnector, lab.source, PartitionMap.from([[at, 0n]]));
			await expect(seeding).rejects.toMatchObject({ code: 'KDR_CONNECT_ERROR' });
			await expect(lab.mirror.stop('nobody')).rejects.toMatchObject({ code: 'KDR_CONNECTOR_MISSING' });
			await expect(lab.mirror.positions('nobody')).rejects.toMatchObject({ code: 'KDR_CONNECTOR_MISSING' });
		});
	});
}
