import { home } from './home.ts';
import type { Estate } from './shape.ts';

/** The source connector writes in transactions: markers lie between records, and offsets of both sides drift apart. */
export const eos: Estate = {
	...home,
	name: 'eos',
	summary: 'Connect workers that write exactly once',
	odd: [
		'The workers run with exactly.once.source.support=enabled.',
		'The source connector only requests exactly.once.support: its transaction markers take offsets on the standby.',
	],
	worker: () => ({ 'exactly.once.source.support': 'enabled' }),
	mirror: (connectors) =>
		Object.fromEntries(
			Object.entries(connectors).map(([name, config]) => [
				name,
				name.endsWith('-source')
					? { ...config, 'exactly.once.support': 'requested', 'transaction.boundary': 'poll' }
					: config,
			]),
		),
	permissions: [
		{
			user: 'mm2',
			resourceType: 'transactional-id',
			resourceName: 'connect-',
			patternType: 'prefixed',
			operations: ['write', 'describe'],
			why: 'mirror in transactions',
		},
	],
};
