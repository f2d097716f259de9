import { expect, test } from 'vitest';
import type { KdrConfig, LinkConfig } from '../../../src/domain/config/link.ts';
import { pickLink } from '../../../src/domain/config/pick-link.ts';

const config = (...names: string[]): KdrConfig => ({
	file: '/kdr.yaml',
	clusters: {},
	links: Object.fromEntries(names.map((name) => [name, { name } as LinkConfig])),
});

test('the only link needs no name', () => {
	expect(pickLink(config('orders')).name).toBe('orders');
});

test('of two links one must be named', () => {
	expect(() => pickLink(config('orders', 'billing'))).toThrow('kdr.yaml has 2 links; say which one');
	expect(pickLink(config('orders', 'billing'), 'billing').name).toBe('billing');
});

test('a wrong name is refused with the near one', () => {
	expect(() => pickLink(config('orders'), 'order')).toThrowError(
		expect.objectContaining({ code: 'KDR_LINK_UNKNOWN', hint: 'did you mean --link orders?' }),
	);
	expect(() => pickLink(config('orders'), 'toString')).toThrowError(expect.objectContaining({ code: 'KDR_LINK_UNKNOWN' }));
});
