import { expect, test } from 'vitest';
import { envelope } from '../../../src/cli/envelope.ts';
import { type ErrorFacts, KdrError } from '../../../src/domain/errors/kdr-error.ts';
import { hintOf } from '../../../src/ui/hints.ts';

const unknownLink = (facts: ErrorFacts) => new KdrError('KDR_LINK_UNKNOWN', 'which link?', facts);

test('an error whose code and details say what to type gets that flag, on the screen and in JSON', () => {
	const near = unknownLink({ details: { links: ['orders', 'billing'], near: 'orders' } });
	expect(hintOf(near)).toBe('did you mean --link orders?');
	expect(hintOf(unknownLink({ details: { links: ['orders', 'billing'] } }))).toBe('--link orders | billing');
	expect(envelope('lag', null, [], near).error?.hint).toBe('did you mean --link orders?');
	expect(hintOf(new KdrError('KDR_PLAN_INVALID', 'not JSON'))).toContain('--out plan.json');
});

test('what an error says itself is kept, and an error without a next command gets none', () => {
	expect(hintOf(unknownLink({ hint: 'kdr status', details: { near: 'orders' } }))).toBe('kdr status');
	expect(hintOf(unknownLink({}))).toBeUndefined();
	expect(hintOf(new KdrError('KDR_BUG', 'x'))).toBeUndefined();
});
