import { expect, test } from 'vitest';
import { flapRule, hoursRule, lossRule } from '../../../../src/domain/plan/rules.ts';
import type { Move } from '../../../../src/domain/run/events.ts';
import type { RunState } from '../../../../src/domain/run/state.ts';

const at = (time: string): number => Date.parse(`2026-03-01T${time}:00Z`);

test.each([
	['07:59', 'pass'],
	['08:00', 'block'],
	['17:59', 'block'],
	['18:00', 'pass'],
	['23:00', 'block'],
	['03:00', 'block'],
	['06:00', 'pass'],
])('a switchover at %s UTC with 08:00-18:00 and 22:00-06:00 forbidden: %s', (time, status) => {
	const rules = { forbiddenHours: ['08:00-18:00', '22:00-06:00'] };
	expect(hoursRule(rules, 'switchover', at(time)).status).toBe(status);
	expect(hoursRule(rules, 'failover', at(time)).status).toBe('pass');
});

const move: Move = { link: 'orders', from: 'east', to: 'west', mode: 'failover' };

/** A run that was, or was not, past its point of no return. */
const past = (lastIntentAt: number, crossed = true, mode: Move['mode'] = 'failover'): RunState =>
	({
		run: 'old',
		move: { ...move, mode },
		lastIntentAt,
		steps: [{ step: { id: 'dns', kind: 'dns', params: {}, pointOfNoReturn: true }, intents: crossed ? [{}] : [] }],
	}) as unknown as RunState;

test('automation does not fail over within an hour of a failover without a reason; a halted attempt, another move, the run itself and an old one do not count', () => {
	const ctx = { move, run: 'new', now: at('12:00'), consent: { 'no-input': 'true' } };
	expect(flapRule({}, [past(at('11:01'))], ctx)).toMatchObject({
		status: 'block',
		code: 'recent-move',
		observed: expect.stringContaining('59 min'),
	});
	expect(flapRule({}, [past(at('11:00'))], ctx).status).toBe('pass');
	expect(flapRule({}, [past(at('11:59'), false)], ctx).status).toBe('pass');
	expect(flapRule({}, [past(at('11:59'), true, 'change')], ctx).status).toBe('pass');
	expect(flapRule({}, [past(at('11:59'), true, 'switchover')], ctx).status).toBe('pass');
	expect(flapRule({}, [past(at('11:59'))], { ...ctx, run: 'old' }).status).toBe('pass');
	expect(flapRule({ antiFlap: 0 }, [past(at('11:59'))], ctx).status).toBe('pass');
	expect(flapRule({}, [past(at('11:59'))], { ...ctx, move: { ...move, mode: 'switchover' } }).status).toBe('pass');
});

test('a person who types a failover soon after another one is warned and never refused: the rule must not stop an emergency', () => {
	const ctx = { move, run: 'new', now: at('12:00'), consent: {} };
	expect(flapRule({}, [past(at('11:01'))], ctx)).toMatchObject({ code: 'recent-move', status: 'warn' });
	expect(flapRule({}, [past(at('11:50')), past(at('11:01'))], ctx).observed).toContain('10 min');
});

test('the loss a rule allows is not exceeded, and an unknown loss never fits', () => {
	expect(lossRule({}, { recordsAtMost: null, msAtMost: null })).toBeNull();
	expect(lossRule({ maxLoss: 30_000 }, { recordsAtMost: null, msAtMost: 30_000 })?.status).toBe('pass');
	expect(lossRule({ maxLoss: 30_000 }, { recordsAtMost: null, msAtMost: 30_001 })?.status).toBe('block');
	expect(lossRule({ maxLoss: 30_000 }, { recordsAtMost: null, msAtMost: null })?.status).toBe('block');
	expect(lossRule({ maxLoss: 30_000 }, { recordsAtMost: 0n, msAtMost: 90_000 })?.status).toBe('pass');
});
