import { expect, test } from 'vitest';
import type { KdrConfig, LinkConfig } from '../../../../src/domain/config/link.ts';
import { pickLink } from '../../../../src/domain/config/pick-link.ts';

const config = (...names: string[]): KdrConfig => ({
	file: '/kdr.yaml',
	clusters: {},
	links: Object.fromEntries(names.map((name) => [name, linkOf(name, ['east', 'west'], name)])),
});

const linkOf = (name: string, clusters: [string, string], flow: string): LinkConfig => {
	const connectors = {
		'east-to-west': { source: `${flow}-source`, checkpoint: `${flow}-checkpoint`, heartbeat: 'beat' },
	};
	return { name, clusters, mirror: { driver: 'connect', connectors } } as Partial<LinkConfig> as LinkConfig;
};

test('the only link needs no name', () => {
	expect(pickLink(config('orders')).name).toBe('orders');
});

test('of two links one must be named', () => {
	expect(() => pickLink(config('orders', 'billing'))).toThrow('kdr.yaml has 2 links; say which one');
	expect(pickLink(config('orders', 'billing'), 'billing').name).toBe('billing');
});

test('a wrong name is refused with the near one', () => {
	expect(() => pickLink(config('orders'), 'order')).toThrowError(
		expect.objectContaining({ code: 'KDR_LINK_UNKNOWN', details: { links: ['orders'], near: 'orders' } }),
	);
	expect(() => pickLink(config('orders'), 'toString')).toThrowError(
		expect.objectContaining({ code: 'KDR_LINK_UNKNOWN' }),
	);
});

test('of links between the same clusters each leaves the connectors alone that only another one names', () => {
	const { links, ...rest } = config('orders', 'billing');
	const all = {
		...rest,
		links: { ...links, far: linkOf('far', ['east', 'north'], 'far'), same: linkOf('same', ['west', 'east'], 'orders') },
	};
	expect(pickLink(all, 'orders').mirror.foreign).toEqual(['billing-source', 'billing-checkpoint']);
	expect(pickLink(all, 'far').mirror.foreign).toBeUndefined();
	expect(pickLink(config('orders')).mirror.foreign).toBeUndefined();
});
