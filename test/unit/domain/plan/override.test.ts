import { expect, test } from 'vitest';
import {
	assertOverridesMeant,
	overriddenNow,
	overrideName,
	withOverrides,
} from '../../../../src/domain/plan/override.ts';

test('unknown stays unknown, and a consent of another name overrides nothing', () => {
	const check = { code: 'rule', what: 'w', observed: 'o' };
	const consent = { [overrideName('rule')]: 'why' };
	expect(withOverrides([{ ...check, status: 'block' }], consent)[0]?.status).toBe('warn');
	expect(withOverrides([{ ...check, status: 'unknown' }], consent)[0]?.status).toBe('unknown');
	expect(withOverrides([{ ...check, status: 'block' }], { rule: 'why' })[0]?.status).toBe('block');
});

test('an override covers the finding that was shown: other numbers of it, not other names, nor the same id elsewhere', () => {
	const consent = { [overrideName('recent-move')]: 'why', [overrideName('KDR_GROUP_ACTIVE')]: 'why' };
	const block = { status: 'block' as const, what: 'w' };
	const recent = (observed: string) => ({ ...block, code: 'recent-move', observed });
	const groups = (...found: string[]) => ({ ...block, code: 'KDR_GROUP_ACTIVE', observed: `${found.length}`, found });
	const shown = overriddenNow([recent('to west-1 5 min ago'), groups('a', 'b')], consent);
	const statusOf = (check: Parameters<typeof withOverrides>[0][number]) =>
		withOverrides([check], consent, shown)[0]?.status;
	expect(statusOf(recent('to west-1 12.5 min ago'))).toBe('warn');
	expect(statusOf(recent('to west-2 5 min ago'))).toBe('block');
	expect(statusOf(groups('b'))).toBe('warn');
	expect(statusOf(groups('b', 'c'))).toBe('block');
	expect(statusOf({ ...groups('a'), what: 'another place' })).toBe('block');
});

test('what would copy records twice or back, or stop the move behind its fence, is overridden by no reason', () => {
	for (const code of [
		'mirror-takes-twice',
		'mirror-carries-more',
		'position-past-end',
		'topic-unmirrored',
		'partition-unmirrored',
		'canary-fit',
	]) {
		const consent = { [overrideName(code)]: 'in a hurry' };
		const check = { code, what: 'w', observed: 'orders', status: 'block' as const };
		expect(withOverrides([check], consent)).toEqual([check]);
		expect(() => assertOverridesMeant([check], consent)).toThrow(`${code} cannot be overridden`);
	}
});
