import { afterAll, expect, test } from 'vitest';
import type { Move } from '../../src/domain/run/events.ts';
import { surviveEveryCrash } from '../support/crash.ts';
import { crashingIo } from '../support/crash-writes.ts';
import { at, type Estate, eastToWest, estate, processOf, produce, request, shipped } from '../support/estate.ts';
import { fencedBy, fencePrograms } from '../support/fences.ts';
import { operator } from '../support/toy.ts';

const link = fencedBy(['quota', 'acl', 'exec', 'manual'], { transactionalIds: ['app-'] });
const switchover = await shipped('switchover');
let survived = 0;
afterAll(() => void process.stdout.write(`crash points survived: fence by four drivers ${survived}\n`));

interface Subject {
	here: Estate;
	up: Set<string>;
	effects: string[];
}

const pictureOf = ({ here: { east, west, dns }, up }: Subject) => ({
	sides: [east, west].map(({ acls, rates }) => ({
		acls: acls.map((acl) => JSON.stringify(acl)).sort(),
		rates: [...rates].sort(),
	})),
	up: [...up],
	record: dns.written.at(-1) ?? null,
});

test('a switchover fenced by a brake, ACLs, programs and a person ends in the same world wherever it is killed', async () => {
	const move: Move = eastToWest;
	let processes = 0;
	survived = await surviveEveryCrash<Subject>({
		world() {
			const here = estate();
			for (const partition of [0, 1]) produce(here.east, 8, at(partition));
			here.east.rates.set('batch', 5_000);
			here.east.application = 'User:app';
			here.world.pump();
			return { here, up: fencePrograms(here), effects: [] };
		},
		env(subject, crasher) {
			const env = processOf(subject.here, move, {
				link,
				approve: async () => 'ana',
				operator: operator('ana', ++processes),
			});
			return {
				...env,
				io: crashingIo(env.io, crasher, {
					picture: () => pictureOf(subject),
					effects: subject.effects,
					turn: Promise.resolve(),
				}),
			};
		},
		request: request('r1', move, switchover),
		afterCrash: ({ here }) => here.world.clock.advance(20_000),
		picture: pictureOf,
		inspect({ effects }, crash) {
			expect(new Set(effects).size, `an effect was had twice after ${crash}:\n${effects.join('\n')}`).toBe(
				effects.length,
			);
		},
	});
	expect(survived).toBeGreaterThan(150);
});
