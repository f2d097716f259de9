import { blockUnless, type Check } from '../domain/check.ts';
import { ifUnreadable } from '../domain/errors/kdr-error.ts';
import { list } from '../domain/text.ts';
import { strangersOf } from '../observe/connectors.ts';
import type { RunFacts, StepIo } from './kind.ts';

/** What else mirrors into the two clusters. */
export interface Strangers {
	others: string[];
	unplaced: string[];
}

/** Of the clusters that can be asked. */
export async function observeStrangers(io: StepIo, { link, fromAlive }: RunFacts): Promise<Strangers> {
	const seen = await Promise.all([
		strangersOf(io.to, io.from, link),
		...(fromAlive ? [strangersOf(io.from, io.to, link).catch(ifUnreadable(null))] : []),
	]);
	return {
		others: [...new Set(seen.flatMap((side) => side?.others.map(({ name }) => name) ?? []))],
		unplaced: [...new Set(seen.flatMap((side) => side?.unplaced ?? []))],
	};
}

/** A mirror that reads nobody knows where may read the cluster we leave: it would copy on after the move. */
export const strangerChecks = ({ others, unplaced }: Strangers, { link }: RunFacts): Check[] => [
	{
		code: 'mirror-of-others',
		status: 'pass',
		what: `connectors that take no topic of ${link.name}`,
		observed: list(others) || 'none',
		wanted: 'left as they are',
	},
	blockUnless(unplaced.length === 0, {
		code: 'mirror-unplaced',
		what: `source connectors with topics of ${link.name} whose source cluster is unknown`,
		observed: list(unplaced) || 'none',
		wanted: 'none: one that reads the cluster we leave would copy on',
		hint: `name them in links.${link.name}.mirror.connectors in kdr.yaml, or give them addresses of clusters that kdr.yaml lists; if they read another cluster: --override mirror-unplaced=REASON`,
	}),
];
