import { type Check, warnUnless } from '../check.ts';
import type { Move } from '../run/events.ts';
import { count, list } from '../text.ts';

/** A group that works with topics of a link and that kdr never touches. */
export interface UntouchedGroup {
	group: string;
	type: 'connect' | 'share' | 'streams';
	why: string;
}

/** A group of which it could not be read whether it works with topics of a link. */
export interface UnreadGroup {
	group: string;
	why: string;
}

const byHand: Record<UntouchedGroup['type'], (to: string) => string> = {
	connect: (to) => `sink connectors: stop them, set their offsets on ${to} with Connect's offsets API`,
	share: (to) => `share groups: stop their members, then kafka-share-groups.sh --reset-offsets on ${to}`,
	streams: (to) => `Streams applications: stop them, start them on ${to} with their state restored`,
};

/** Groups that a person has to see to, and what has to be done for each. */
export function untouchedCheck(groups: readonly UntouchedGroup[], others: number, { from, to }: Move): Check {
	const types = [...new Set(groups.map(({ type }) => type))].sort();
	return warnUnless(groups.length === 0, {
		code: 'groups-untouched',
		what: `groups on ${from} that work with topics of the link and that kdr never touches`,
		observed:
			groups.length > 0
				? list(groups.map(({ group, why }) => `${group} (${why})`))
				: `none${others > 0 ? `; ${count(others, 'group')} of other topics stay as they are` : ''}`,
		...(types.length > 0 && { hint: types.map((type) => byHand[type](to)).join('; ') }),
	});
}

/** A group of which nothing can be read could be the link's: its offsets would not be moved, and nobody would know. */
export function unreadCheck(groups: readonly UnreadGroup[], { from, mode }: Move): Check {
	return {
		code: 'groups-unread',
		// An emergency does not wait for a permission.
		status: groups.length === 0 ? 'pass' : mode === 'failover' ? 'warn' : 'unknown',
		what: `groups on ${from} of which kdr cannot read what they read`,
		observed: list(groups.map(({ group, why }) => `${group}: unknown (${why})`)) || 'none',
		wanted: 'none',
		...(groups.length > 0 && {
			hint: `allow kdr to DESCRIBE them, or leave them out by groups.exclude of the link in kdr.yaml`,
		}),
	};
}
