import { expect, test } from 'vitest';
import type { OutageEstimate } from '../../../../src/domain/plan/outage.ts';
import { estimateOutage } from '../../../../src/domain/plan/outage.ts';
import type { EngineEvent } from '../../../../src/domain/run/engine-event.ts';
import type { Hold, Move } from '../../../../src/domain/run/events.ts';
import { run } from '../../../../src/engine/execute.ts';
import { preview } from '../../../../src/engine/preview.ts';
import { registry } from '../../../../src/steps/registry.ts';
import { renderOutage } from '../../../../src/ui/outage.ts';
import { plainScreen } from '../../../../src/ui/screen.ts';
import { eastToWest, estate, processOf, produce, request, shipped } from '../../../support/estate.ts';

type Parts = Extract<OutageEstimate, { kind: 'parts' }>;

const home: Move = { ...eastToWest, from: 'west', to: 'east' };
const screen = { ...plainScreen, live: true, unicode: true, width: 80 };

/** Every plan that runs one after the other would show. */
async function plansOf(moves: readonly Move[], hold?: Hold): Promise<Parts[]> {
	const here = estate();
	produce(here.east, 5);
	here.world.pump();
	const shown: EngineEvent[] = [];
	for (const [index, move] of moves.entries()) {
		const steps = await shipped(move.mode === 'failover' ? 'failover' : 'switchover');
		const otherJournal = { journal: here.world.side(move.from).journal, needed: false };
		const env = processOf(here, move, { otherJournal, listener: (event) => void shown.push(event) });
		const consent = move.mode === 'failover' ? { 'accept-loss': 'unknown' } : {};
		await run(env, { ...request(`run${index}`, move, steps, consent), ...(hold && { hold }) });
	}
	return shown.flatMap((event) => (event.type === 'plan' && event.outage?.kind === 'parts' ? [event.outage] : []));
}

test('a first switchover is not promised to be as short as its waits may be: what nobody measured is unknown', async () => {
	const [outage] = await plansOf([eastToWest]);
	if (!outage) throw new Error('no plan was shown');
	expect(outage).toMatchObject({
		from: 'first effect of fence-writers',
		to: 'dns-flip proven',
		measured: [],
		unread: null,
		cachedMs: 5_000,
	});
	const waits = new Map(outage.waits.steps.map(({ step, atMostMs }) => [step, atMostMs]));
	expect(waits.get('drain')).toBe(300_000);
	expect(waits.get('groups-settle')).toBe(10_000);
	expect(waits.get('writers-still')).toBe(90_000 + 10_000);
	expect(waits.get('dns-flip')).toBe(120_000 + 30_000);
	expect(waits.has('preflight')).toBe(false);
	expect(waits.has('mirror-resume')).toBe(false);
	expect(outage.waits.atMostMs).toBe([...waits.values()].reduce((sum, ms) => sum + ms, 0));
	expect(outage.notIncluded).toEqual([
		'calls to the clusters between the waits',
		'how long clients take to connect again',
	]);
	const text = renderOutage(outage, screen);
	expect(text.join('\n')).toContain('outage of clients: unknown in advance');
	expect(text.join('\n')).toContain('unknown (no move like this one is in the journals)');
	expect(text.filter((line) => line.length > 80)).toEqual([]);
});

test('the plan of the way back says how long the move before took, newest first, and by which run', async () => {
	const [, second, third] = await plansOf([eastToWest, home, eastToWest]);
	expect(second?.measured).toMatchObject([{ run: 'run0', from: 'east', to: 'west' }]);
	expect(third?.measured.map((one) => one.run)).toEqual(['run1', 'run0']);
	expect(third?.measured.every(({ atMostMs }) => atMostMs > 0)).toBe(true);
	expect(third && renderOutage(third, screen).join(' ')).toMatch(/at most \d[\d.]* s west → east on .* \(run run1\)/);
});

test('a failover counts from the start of the run, and says that the cluster was dead before', async () => {
	const [outage] = await plansOf([{ ...eastToWest, mode: 'failover' }]);
	expect(outage).toMatchObject({ from: 'start of the run', to: 'dns-flip proven' });
	expect(outage?.notIncluded).toContain('how long east was dead before');
});

test('the time a run is held before its point of no return is part of the outage', async () => {
	const [limited] = await plansOf([eastToWest], { forMs: 60_000 });
	expect(limited?.waits.steps).toContainEqual({ step: 'hold', atMostMs: 60_000 });
	const here = estate();
	const plan = await preview(processOf(here, eastToWest), {
		move: eastToWest,
		steps: await shipped('switchover'),
		consent: {},
	});
	const open = estimateOutage({ move: eastToWest, plan, hold: {}, history: { why: 'no answer' }, kinds: registry });
	expect(open).toMatchObject({ kind: 'parts', unread: 'no answer' });
	expect(JSON.stringify(open)).toContain('how long the run is held');
	expect(open && renderOutage(open, screen).join(' ')).toContain('unknown (the journal cannot be read: no answer)');
});

test('a plan that stops clients and moves none, or that cannot tell since when they are out, gives no number', async () => {
	const here = estate();
	const steps = await shipped('switchover');
	const ask = { move: eastToWest, history: [], kinds: registry };
	const plan = await preview(processOf(here, eastToWest), { ...ask, steps, consent: {} });
	const without = plan.filter(({ step }) => step.kind !== 'dns-flip');
	expect(estimateOutage({ ...ask, plan: without })).toMatchObject({ kind: 'unknown' });
	const fenced = plan.map((one) => (one.step.kind === 'fence-writers' ? { ...one, status: 'already' as const } : one));
	expect(estimateOutage({ ...ask, plan: fenced })).toMatchObject({ kind: 'unknown' });
	const looks = plan.filter(({ status }) => status === 'gate');
	expect(estimateOutage({ ...ask, plan: looks })).toBeNull();
});
