import { describe, expect, it } from 'vitest';
import type { KafkaSide } from '../../src/adapters/kafka-side/side.ts';
import type { Traffic } from '../../src/adapters/platformatic/wire.ts';
import { PartitionMap } from '../../src/domain/kafka/partition.ts';
import type { Side, World } from '../../src/ports/world.ts';
import { offsetsCommit } from '../../src/steps/offsets/offsets-commit.ts';
import { context, link } from '../support/estate.ts';
import { LockStep } from '../support/lock-step.ts';

const partitions = 5;

/** What setting offsets costs on real brokers in requests, and in round trips that wait for one another: a matter of counting, not of time. */
export function requestsContract({
	connect,
	admin,
}: {
	connect(traffic: Traffic): KafkaSide;
	admin(): KafkaSide;
}): void {
	describe('real: requests', () => {
		async function cost(groups: number): Promise<LockStep> {
			const topic = `requests-${process.pid}-${groups}`;
			const seeding = admin();
			await seeding.cluster.ensureTopic({ name: topic, partitions, replicationFactor: 1, config: {} });
			const places = Array.from({ length: partitions }, (_, partition) => ({ topic, partition }));
			for (const at of places)
				await seeding.writer.append(at, [{ key: null, value: Buffer.from('v'), headers: [], timestamp: 0n }]);
			const start = PartitionMap.from(places.map((at) => [at, { offset: 0n, metadata: '' }] as const));
			const names = Array.from({ length: groups }, (_, n) => `${topic}-${n}`);
			await Promise.all(names.map((name) => seeding.groups.commit(name, start)));

			const step = new LockStep();
			const to = connect(step.traffic) as unknown as Side;
			const io = { world: {} as World, from: to, to };
			const ctx = context({
				run: '7f3a0001',
				link: { ...link, topics: [topic], groups: { include: [`${topic}-.*`], exclude: [] } },
			});
			const params = offsetsCommit.params.parse({ reset: { to: 'latest' } });
			const facts = await offsetsCommit.observe(params, io, ctx);
			const { change } = offsetsCommit.plan(facts, params, ctx);
			if (!change || !offsetsCommit.reread) throw new Error('nothing to set');
			const failed = await offsetsCommit.apply(change, io, ctx);
			const seen = await offsetsCommit.reread(change, params, io, ctx);
			expect(offsetsCommit.verify(seen, change, params, ctx, failed).map(({ status }) => status)).toEqual([
				'pass',
				'pass',
			]);
			expect(change.rows).toHaveLength(groups * partitions);
			return step;
		}

		it('plan, commit and read back of 200 groups cost what those of 10 cost, but for one commit per group, in flight together', async () => {
			const [few, many] = [await cost(10), await cost(200)];
			process.stderr.write(
				`requests of 200 groups: ${JSON.stringify(many.requests)}, rounds ${JSON.stringify(many.rounds.map((names) => [...new Set(names)]))}\n`,
			);
			const rest = ({ offsetCommit: _, connect: __, ...others }: Record<string, number>) => others;
			expect(rest(many.requests)).toEqual(rest(few.requests));
			expect([few.requests.offsetCommit, many.requests.offsetCommit]).toEqual([10, 200]);
			expect(many.roundsWithout('offsetCommit')).toBe(few.roundsWithout('offsetCommit'));
			expect(many.rounds.length).toBe(few.rounds.length);
			expect(many.rounds.length).toBeLessThanOrEqual(12);
		});
	});
}
