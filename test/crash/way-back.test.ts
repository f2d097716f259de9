import { afterAll, expect, test } from 'vitest';
import type { Move, RunStep } from '../../src/domain/run/events.ts';
import { type CrashSubject, surviveEveryCrash } from '../support/crash.ts';
import { crashingIo } from '../support/crash-writes.ts';
import { at, type Estate, link, processOf, produce, request, shipped } from '../support/estate.ts';
import { operator } from '../support/toy.ts';
import { failedOver, onEast, paying, returned, runOf, step } from '../support/way-back.ts';

const failback = await shipped('failback');
const survived: string[] = [];
afterAll(() => void process.stdout.write(`crash points survived: ${survived.join(', ')}\n`));

interface Subject {
	here: Estate;
	effects: string[];
}

function pictureOf({ east, west, connect, connectEast, dns }: Estate) {
	const side = (kafka: typeof east) => ({
		acls: kafka.acls.map((acl) => JSON.stringify(acl)).sort(),
		logs: [0, 1].map((partition) =>
			[...kafka.log(at(partition)).read(0n, 1_000n, 'committed')].map(({ value }) => value?.toString()),
		),
	});
	const connectors = (mirror: typeof connect) =>
		[...mirror.running.values()].map(({ name, target }) => `${name} ${target}`).sort();
	return {
		east: side(east),
		west: side(west),
		connectors: [connectors(connect), connectors(connectEast)],
		record: dns.written.at(-1),
	};
}

let processes = 0;

function subject(make: () => Promise<Estate>, move: Move, steps: RunStep[]): CrashSubject<Subject> {
	return {
		world: async () => ({ here: await make(), effects: [] }),
		env({ here, effects }, crasher) {
			const env = processOf(here, move, { operator: operator('ana', ++processes) });
			return {
				...env,
				io: crashingIo(env.io, crasher, { picture: () => pictureOf(here), effects, turn: Promise.resolve() }),
			};
		},
		request: request('crashing', move, steps),
		afterCrash: ({ here }) => here.world.clock.advance(20_000),
		picture: ({ here }) => pictureOf(here),
		inspect({ effects }, crash) {
			expect(new Set(effects).size, `an effect was had twice after ${crash}:\n${effects.join('\n')}`).toBe(
				effects.length,
			);
		},
	};
}

async function survive(name: string, what: CrashSubject<Subject>): Promise<number> {
	const count = await surviveEveryCrash(what);
	survived.push(`${name} ${count}`);
	return count;
}

test('paying a fence, killed at any journal event or around any single write, ends in the same world', async () => {
	const back = async () => {
		const here = await failedOver(3);
		here.world.revive('east');
		here.world.clock.advance(60_000);
		return here;
	};
	expect(await survive('fence', subject(back, onEast, paying))).toBeGreaterThan(30);
}, 300_000);

test('a replay, the same: no record is left out and none is written twice', async () => {
	expect(
		await survive(
			'replay',
			subject(() => returned(5), onEast, [step('salvage-replay')]),
		),
	).toBeGreaterThan(15);
}, 300_000);

test('failback, the same', async () => {
	const settled = async () => {
		const here = await returned(3);
		await runOf(here, onEast, [step('salvage-replay')]);
		for (const partition of [0, 1]) produce(here.west, 8, at(partition), 'away');
		return here;
	};
	const home: Move = { link: link.name, from: 'west', to: 'east', mode: 'switchover' };
	expect(await survive('failback', subject(settled, home, failback))).toBeGreaterThan(150);
}, 120_000);
