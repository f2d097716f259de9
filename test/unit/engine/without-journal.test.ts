import { expect, test } from 'vitest';
import { type DetachedJournal, detachedJournal } from '../../../src/adapters/detached-journal/journal.ts';
import { KdrError } from '../../../src/domain/errors/kdr-error.ts';
import type { Move } from '../../../src/domain/run/events.ts';
import { foldRuns } from '../../../src/domain/run/fold.ts';
import type { EngineEnv, RunOutcome } from '../../../src/engine/env.ts';
import { run } from '../../../src/engine/execute.ts';
import type { Journal } from '../../../src/ports/journal.ts';
import type { Side, World } from '../../../src/ports/world.ts';
import { at, type Estate, eastToWest, estate, processOf, produce, request, shipped } from '../../support/estate.ts';

const failover: Move = { ...eastToWest, mode: 'failover' };
const broken = () => new KdrError('KDR_JOURNAL_BROKEN', 'journal of west, offset 3: not JSON');
const full = () => new KdrError('KDR_KAFKA_ERROR', 'west: not enough replicas');

/** How the journal of west fails. */
const unreadable = (_journal: Journal): Journal => ({
	read: () => Promise.reject(broken()),
	open: () => Promise.reject(broken()),
	signal: () => Promise.reject(broken()),
	signals: () => Promise.reject(broken()),
});
const notWritable = (journal: Journal): Journal => ({
	...bound(journal),
	open: async (link) => ({ ...(await journal.open(link)), append: () => Promise.reject(full()) }),
});
const silent = (_journal: Journal): Journal => {
	const never = () => new Promise<never>(() => {});
	return { read: never, open: never, signal: never, signals: never };
};
const bound = (journal: Journal): Journal => ({
	read: (link) => journal.read(link),
	open: (link) => journal.open(link),
	signal: (id, signal) => journal.signal(id, signal),
	signals: (id, from) => journal.signals(id, from),
});

/** A failover of a process whose journal of west is `fails`, east dead. */
async function failOver(
	here: Estate,
	fails: (journal: Journal) => Journal,
): Promise<{ outcome: RunOutcome; journal: DetachedJournal }> {
	const { world } = here;
	const real = world.side('west').journal;
	const journal = detachedJournal(fails(real), world.clock, 50);
	const west: Side = Object.create(world.side('west'), { journal: { value: journal } });
	const sides: World = Object.create(world, {
		side: { value: (alias: string) => (alias === 'west' ? west : world.side(alias)) },
	});
	const base = processOf(here, failover);
	const env: EngineEnv = { ...base, io: { world: sides, from: base.io.from, to: west }, journal };
	const consent = { 'accept-loss': '10h', 'without-journal': 'its topic is broken' };
	const outcome = await run(env, request('f1', failover, await shipped('failover'), consent));
	return { outcome, journal };
}

function ready(): Estate {
	const here = estate();
	produce(here.east, 10);
	here.east.group('billing').committed.set(at(), { offset: 7n, metadata: '' });
	here.world.pump();
	here.world.clock.advance(60_000);
	here.world.pump();
	here.world.kill('east');
	return here;
}

const recordOf = async ({ dns }: Estate) => (await dns.read('kafka.example.com.', 'A'))?.values;

test.each([
	['cannot be read', unreadable],
	['takes no event', notWritable],
	['never answers', silent],
])('a failover without its journal moves the clients although the journal %s', async (_, fails) => {
	const here = ready();
	const { outcome, journal } = await failOver(here, fails);
	expect(outcome.error?.message).toBeUndefined();
	expect(outcome).toMatchObject({ result: 'done', exit: 0 });
	expect(await recordOf(here)).toEqual(['127.0.2.1']);
	expect(outcome.state?.consent['without-journal']).toBe('its topic is broken');
	expect(journal.unwritten()).toBeGreaterThan(0);
	const [state] = foldRuns(await journal.read('orders')).runs;
	expect(state?.ended?.result).toBe('done');
});

test('the same failover without the flag refuses, and changes nothing', async () => {
	const here = ready();
	const env = processOf(here, failover);
	const journal = unreadable(env.journal);
	await expect(
		run({ ...env, journal }, request('f1', failover, await shipped('failover'), { 'accept-loss': '10h' })),
	).rejects.toMatchObject({ code: 'KDR_JOURNAL_BROKEN' });
	expect(await recordOf(here)).toEqual(['127.0.1.1']);
});

test('as soon as the journal takes events again, it gets all of them, in order, and whoever comes later reads the run there', async () => {
	const here = ready();
	let opened = 0;
	const { outcome, journal } = await failOver(here, (real) => ({
		...bound(real),
		open: async (link) => {
			if (++opened === 1) throw full();
			return real.open(link);
		},
	}));
	expect(outcome).toMatchObject({ result: 'done' });
	expect(journal.unwritten()).toBe(0);
	const { runs, unreadable: strange } = foldRuns(await here.world.side('west').journal.read('orders'));
	expect(strange).toEqual([]);
	expect(runs).toMatchObject([{ run: 'f1', ended: { result: 'done' } }]);
	expect(runs[0]?.unreadable).toBeUndefined();
});

test('somebody else who takes the lock of a journal that can be written ends the failover', async () => {
	const here = ready();
	const { outcome } = await failOver(here, (real) => ({
		...bound(real),
		open: async (link) => ({
			...(await real.open(link)),
			append: () => Promise.reject(new KdrError('KDR_FENCED_BY_OTHER', 'bo took the lock over')),
		}),
	}));
	expect(outcome).toMatchObject({ result: 'refused', error: { code: 'KDR_FENCED_BY_OTHER' } });
	expect(await recordOf(here)).toEqual(['127.0.1.1']);
});
