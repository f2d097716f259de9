import { z } from 'zod';
import type { Check } from '../../domain/check.ts';
import { bothZones, expiring, type Kept } from '../../domain/offsets/retention.ts';
import { kafkaLine } from '../../domain/runbook/shell.ts';
import { count, list } from '../../domain/text.ts';
import { observeKept } from '../../observe/offsets/commits.ts';
import { scopeGroups } from '../../observe/scope.ts';
import { describeGroups } from '../by-hand.ts';
import { gateKind } from '../kind.ts';

interface Facts {
	kept: Kept;
	/** Groups without members whose offsets kdr has set. */
	waiting: string[];
	now: number;
}

/** Whether groups that have not come yet will still find the offsets kdr has set for them. */
export const offsetsRetention = gateKind<Record<string, never>, Facts>({
	type: 'gate',
	kind: 'offsets-retention',
	formerly: ['offsets-kept'],
	purpose: 'check that offsets do not expire before their consumers arrive',
	report: { phase: 'offsets' },
	params: z.strictObject({}),
	async observe(_params, io, { link }) {
		const [kept, groups] = await Promise.all([observeKept(io.to, link), scopeGroups(io.to, link)]);
		const waiting = groups.filter(({ id, state }) => state === 'Empty' && kept.setAt.has(id)).map(({ id }) => id);
		return { kept, waiting, now: io.world.clock.now() };
	},
	check: (facts, _params, { move }) => [keptCheck(facts, move.to)],
	summary: ({ waiting }, _params, { move }) => ({
		what: `${count(waiting.length, 'group')} on ${move.to} with offsets and no members`,
		now: 'kept',
		after: 'unchanged',
		undo: '-',
	}),
	byHand: (_params, { move }) => ({
		commands: [
			describeGroups(move.to),
			kafkaLine('kafka-configs.sh', move.to, ['--describe', '--all', '--entity-type', 'brokers', '--entity-default']),
		],
		see: `groups without members on ${move.to} still have their offsets, and offsets.retention.minutes leaves their consumers the time to arrive`,
	}),
	waitMs: () => 0,
});

function keptCheck({ kept, waiting, now }: Facts, to: string): Check {
	const base = {
		code: 'offsets-kept',
		what: `offsets kdr has set on ${to}`,
		wanted: 'kept until their consumers arrive',
	};
	if (waiting.length === 0) return { ...base, status: 'pass', observed: 'no group waits for its members' };
	if (kept.retentionMs === null) return { ...base, status: 'warn', observed: `kept unknown how long: ${kept.why}` };
	const soon = expiring(kept, waiting, now);
	if (soon.length === 0)
		return { ...base, status: 'pass', observed: `${count(waiting.length, 'group')}, none expires soon` };
	return {
		...base,
		status: 'warn',
		observed: list(
			soon.map(({ group, until }) => `${group} ${until <= now ? 'may have expired' : 'expires'} ${bothZones(until)}`),
		),
		hint: `set them again: kdr offsets convert --to ${to} --to-current --confirm ${to}`,
	};
}
