import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Move } from '../../../src/domain/run/events.ts';
import { run } from '../../../src/engine/execute.ts';
import { Clients, type ConsumerSpec } from '../../support/clients.ts';
import { type Estate, eastToWest, estate, processOf, request, shipped } from '../../support/estate.ts';

const there = eastToWest;
const home: Move = { ...there, from: 'west', to: 'east' };
const steps = await shipped('switchover');

const live = (here: Estate, ticks: number): void => {
	for (let i = 0; i < ticks; i++) here.world.clock.advance(250);
};

/** Reads again at most, by group, as the run itself says. */
async function move(here: Estate, name: string, { from, to }: Move): Promise<Map<string, bigint>> {
	const outcome = await run(processOf(here, { ...there, from, to }), request(name, { ...there, from, to }, steps));
	expect(outcome.error?.message).toBeUndefined();
	expect(outcome.result).toBe('done');
	const wire = outcome.state?.steps.find(({ step }) => step.kind === 'offsets-commit')?.output?.value as {
		worst: { group: string; rereadAtMost: string }[];
	};
	return new Map(wire.worst.map(({ group, rereadAtMost }) => [group, BigInt(rereadAtMost)]));
}

async function rounds(
	moves: readonly Move[],
	consumers: ConsumerSpec[],
	seed: number,
	ticks: number,
): Promise<{ here: Estate; clients: Clients; bounds: Map<string, bigint> }> {
	const here = estate();
	const clients = new Clients(here, consumers, seed);
	const bounds = new Map<string, bigint>();
	live(here, ticks);
	for (const [i, one] of moves.entries()) {
		for (const [group, bound] of await move(here, `run${i}`, one)) bounds.set(group, (bounds.get(group) ?? 0n) + bound);
		live(here, ticks);
	}
	clients.producing = false;
	for (const consumer of clients.consumers) consumer.rate = 10_000;
	live(here, 40);
	return { here, clients, bounds };
}

function expectNothingLost({ here, clients, bounds }: Awaited<ReturnType<typeof rounds>>): void {
	const wanted = [...clients.acked].sort();
	expect(clients.contents('east').sort()).toEqual(wanted);
	expect(clients.contents('west').sort()).toEqual(wanted);
	for (const { group, side } of clients.consumers) {
		const { skipped, again } = clients.verdict(group);
		expect(skipped, `${group} skipped`).toEqual([]);
		expect(again, `${group} read again, against the bound of the runs`).toBeLessThanOrEqual(
			Number(bounds.get(group) ?? 0n),
		);
		expect(side, `${group} is where the record points`).toBe(clients.named());
	}
	expect(here.dns.written.length).toBeGreaterThan(0);
}

describe('a switchover there and home under traffic', () => {
	test('loses, skips and doubles nothing, for groups that keep up, lag and do not move', async () => {
		const consumers: ConsumerSpec[] = [
			{ group: 'fast', rate: 100 },
			{ group: 'modern', rate: 100, type: 'consumer' },
			{ group: 'slow', rate: 1 },
			{ group: 'stuck', rate: 0 },
		];
		const end = await rounds([there, home, there, home], consumers, 7, 40);
		expectNothingLost(end);
		expect(end.clients.acked.length).toBeGreaterThan(300);
		for (const group of ['fast', 'modern']) expect(end.clients.verdict(group).again, group).toBe(0);
	});

	test('whatever the lags, the traffic and the number of rounds', async () => {
		const consumer = fc.record({
			rate: fc.nat({ max: 6 }),
			type: fc.constantFrom<'classic' | 'consumer'>('classic', 'consumer'),
		});
		await fc.assert(
			fc.asyncProperty(
				fc.array(consumer, { minLength: 1, maxLength: 4 }),
				fc.nat(),
				fc.integer({ min: 1, max: 25 }),
				fc.integer({ min: 1, max: 3 }),
				async (specs, seed, ticks, n) => {
					const consumers = specs.map((spec, i) => ({ ...spec, group: `g${i}` }));
					expectNothingLost(await rounds([there, home, there].slice(0, n), consumers, seed, ticks));
				},
			),
			{ numRuns: 25, seed: 20_260_110 },
		);
	});
});
