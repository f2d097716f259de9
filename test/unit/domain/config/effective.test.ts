import fc from 'fast-check';
import { expect, test } from 'vitest';
import { formatDuration, parseDuration } from '../../../../src/domain/config/duration.ts';
import { effectiveValues } from '../../../../src/domain/config/effective.ts';
import type { KdrConfig } from '../../../../src/domain/config/link.ts';

test('a duration is written so that it reads back as the same', () => {
	expect([0, 1_500, 30_000, 300_000, 7_200_000].map(formatDuration)).toEqual(['0ms', '1500ms', '30s', '5m', '2h']);
	fc.assert(
		fc.property(fc.nat(999_999_999), (ms) => {
			expect(parseDuration(formatDuration(ms))).toBe(ms);
		}),
	);
});

test('a secret is shown as where it is read from, a URL without its user', () => {
	const config = {
		file: '/etc/kdr/kdr.yaml',
		clusters: {
			east: {
				alias: 'east',
				bootstrap: ['a:1'],
				sasl: { mechanism: 'plain', username: 'kdr', password: { file: '/etc/kdr/secrets/kdr' } },
				connect: {
					urls: ['https://user@connect:8083/x'],
					auth: { username: 'kdr', password: { file: '/run/secrets/connect' } },
				},
			},
		},
		links: {},
	} satisfies KdrConfig;
	expect(effectiveValues(config).map(({ path, value }) => [path, value])).toEqual([
		['clusters.east.bootstrap', ['a:1']],
		['clusters.east.sasl.mechanism', 'plain'],
		['clusters.east.sasl.username', 'kdr'],
		['clusters.east.sasl.password', 'file secrets/kdr'],
		['clusters.east.connect.urls', ['https://***@connect:8083/x']],
		['clusters.east.connect.auth.username', 'kdr'],
		['clusters.east.connect.auth.password', 'file /run/secrets/connect'],
		['links', '{}'],
	]);
});
