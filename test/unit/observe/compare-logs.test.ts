import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { KafkaRecord } from '../../../src/domain/kafka/record.ts';
import { type Comparison, compareLogs } from '../../../src/observe/compare-logs.ts';
import { at, type Estate, estate, produce } from '../../support/estate.ts';

const committed = { isolation: 'committed' } as const;
const recordsOf = ({ west }: Estate): KafkaRecord[] => [...west.log(at(0)).read(0n, 10_000n, 'committed')];

function compare({ world, west, east }: Estate): Promise<Comparison> {
	const log = (kafka: typeof west) => ({ side: world.side(kafka.alias), edge: kafka.log(at(0)).edges() });
	return compareLogs(log(west), log(east), at(0), committed);
}

/** West with records, some of them of transactions, some aborted, between gaps; east holds what `copy` makes of them. */
function copied(
	plan: readonly ('plain' | 'committed' | 'aborted' | 'gap')[],
	copy: (records: KafkaRecord[]) => KafkaRecord[],
): Estate {
	const here = estate();
	for (const [index, kind] of plan.entries()) {
		if (kind === 'plain') produce(here.west, 1, at(0));
		else if (kind === 'gap') here.west.log(at(0)).skip(3n);
		else {
			const transaction = here.west.transaction('User:app');
			transaction.produce('orders', 0, { value: `tx ${index}` });
			if (kind === 'committed') transaction.commit();
			else transaction.abort();
		}
		here.world.clock.advance(10);
	}
	here.east.deleteTopic('orders');
	here.east.createTopic('orders', 2);
	for (const { key, value, timestamp, headers } of copy(recordsOf(here)))
		here.east.log(at(0)).append({ key, value, timestamp, headers }, 0);
	return here;
}

const plans = fc.array(fc.constantFrom('plain', 'plain', 'committed', 'aborted', 'gap'), { maxLength: 30 });

test('a copy as far as it reaches is equal, however many markers, aborted records and gaps the other side has', async () => {
	await fc.assert(
		fc.asyncProperty(plans, fc.nat(30), async (plan, reach) => {
			const here = copied(plan, (records) => records.slice(0, reach));
			const records = recordsOf(here);
			const wanted = Math.min(reach, records.length);
			const found = await compare(here);
			if (wanted === 0 && records.length > 0) expect(found.kind).toBe('differs');
			else expect(found).toEqual({ kind: 'equal', records: BigInt(wanted) });
		}),
		{ numRuns: 150 },
	);
});

test('one record left out or copied twice anywhere before the last is seen', async () => {
	await fc.assert(
		fc.asyncProperty(plans, fc.nat(29), fc.boolean(), async (plan, where, twice) => {
			const here = copied(plan, (records) =>
				records.flatMap((record, index) =>
					index !== where || index === records.length - 1 ? [record] : twice ? [record, record] : [],
				),
			);
			const records = recordsOf(here);
			if (where >= records.length - 1) return;
			// Without its first record a copy looks like one whose oldest record retention deleted.
			if (where === 0 && !twice) return;
			expect((await compare(here)).kind).not.toBe('equal');
		}),
		{ numRuns: 150 },
	);
});

test('retention that moved on on either side meanwhile is no difference', async () => {
	const plan = Array.from({ length: 20 }, () => 'plain' as const);
	for (const side of ['west', 'east'] as const) {
		const here = copied(plan, (records) => records);
		here[side].log(at(0)).deleteBefore(6n);
		expect(await compare(here), side).toEqual({ kind: 'equal', records: 14n });
	}
});
