import type { DnsView } from '../domain/dns/view.ts';
import type { Screen } from './screen.ts';
import { drawable, mark } from './screen.ts';
import { table } from './table.ts';
import { visible } from './visible.ts';

/** The record, whose it is, and what every authoritative server answers. */
export function renderDns(view: DnsView, screen: Screen): string {
	const safe = (text: string): string => drawable(screen, visible(text));
	const { record, side } = view;
	const lines = [
		safe(
			record === null
				? `${view.name}   no record`
				: `${record.name} ${record.type}, TTL ${record.ttl} s   ${record.values.join(', ')}`,
		),
	];
	const owner = new Map(Object.entries(view.values).map(([alias, values]) => [key(values), alias]));
	const rows = view.answers.map(({ server, values, ttl, error }) => [
		server,
		values === undefined ? 'unknown' : values.join(', ') || 'nothing',
		values === undefined ? (error ?? 'no answer') : (owner.get(key(values)) ?? 'none of the link'),
		ttl ?? '',
	]);
	const columns = [
		{ title: 'NAME SERVER' },
		{ title: 'ANSWERS' },
		{ title: 'CLUSTER' },
		{ title: 'TTL', kind: 'number' as const },
	];
	lines.push('', ...table(columns, rows, { screen }), '');
	const agree =
		record !== null && view.answers.filter(({ values }) => values && key(values) === key(record.values)).length;
	const situation =
		record === null
			? 'The record does not exist'
			: side === null
				? "The record's values belong to no cluster of the link"
				: `Clients are sent to ${side}`;
	const all = agree === view.answers.length && view.answers.length > 0;
	const good = side !== null && all;
	lines.push(
		`${mark(screen, good ? 'done' : 'warning')} ${safe(`${situation}; ${agree || 0} of ${view.answers.length} name servers answer what the provider holds.`)}`,
	);
	return `${lines.join('\n')}\n`;
}

const key = (values: readonly string[]): string => [...values].sort().join(' ');
