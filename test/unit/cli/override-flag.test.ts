import { expect, test } from 'vitest';
import { parseOverrides } from '../../../src/cli/override-flag.ts';
import { overridesOf } from '../../../src/domain/plan/override.ts';

test('an override is an id and a reason; anything else is refused as typed wrongly', () => {
	expect(overridesOf(parseOverrides(['recent-move=first one was a=b', 'KDR_TOPIC_MISSING= known ']))).toEqual([
		{ code: 'recent-move', reason: 'first one was a=b' },
		{ code: 'KDR_TOPIC_MISSING', reason: 'known' },
	]);
	for (const bad of ['recent-move', 'recent-move=', 'recent-move=  ', '=x', '', '../x=y'])
		expect(() => parseOverrides([bad]), bad).toThrow(/takes the id/);
});
