import { expect, test } from 'vitest';
import { overridesOf, parseOverrides, withOverrides } from '../../../../src/domain/plan/override.ts';

test('an override is an id and a reason; anything else is refused as typed wrongly', () => {
	expect(overridesOf(parseOverrides(['recent-move=first one was a=b', 'KDR_TOPIC_MISSING= known ']))).toEqual([
		{ code: 'recent-move', reason: 'first one was a=b' },
		{ code: 'KDR_TOPIC_MISSING', reason: 'known' },
	]);
	for (const bad of ['recent-move', 'recent-move=', 'recent-move=  ', '=x', '', '../x=y'])
		expect(() => parseOverrides([bad]), bad).toThrow(/takes the id/);
});

test('unknown stays unknown, and a consent of another name overrides nothing', () => {
	const check = { code: 'rule', what: 'w', observed: 'o' };
	const consent = parseOverrides(['rule=why']);
	expect(withOverrides([{ ...check, status: 'block' }], consent)[0]?.status).toBe('warn');
	expect(withOverrides([{ ...check, status: 'unknown' }], consent)[0]?.status).toBe('unknown');
	expect(withOverrides([{ ...check, status: 'block' }], { rule: 'why' })[0]?.status).toBe('block');
});
