import { z } from 'zod';
import type { Check } from '../domain/check.ts';
import { ofBothSides } from '../domain/fence/made.ts';
import type { FenceSide, FenceView } from '../domain/fence/view.ts';
import { aclCommand } from './access.ts';
import { count, list } from './estate.ts';
import { observeFence } from './fence-facts.ts';
import { changeKind } from './kind.ts';

const params = z.object({});
type Change = z.infer<typeof ofBothSides>;

/** Takes away the denials kdr made, on both sides, and copies of them that anything carried over; no other ACL is touched. */
export const fenceLift = changeKind<z.infer<typeof params>, FenceView, Change>({
	type: 'change',
	kind: 'fence-lift',
	purpose: 'take away the denials kdr made, and copies of them',
	report: { phase: 'fence' },
	params,
	change: ofBothSides,
	settleMs: 15_000,
	observe: (_params, io, { link }) => observeFence(io.world, link),
	check: ({ sides, missing }): Check[] => {
		const silent = sides.filter(({ made }) => made === null).map(({ alias }) => alias);
		return [
			{
				code: 'fence-seen',
				status: silent.length === 0 && missing.length === 0 ? 'pass' : 'warn',
				what: 'ACLs and journals of both sides',
				observed:
					silent.length + missing.length === 0
						? 'read'
						: `not read: ${list([...silent.map((alias) => `ACLs of ${alias}`), ...missing.map(({ alias }) => `journal of ${alias}`)])}`,
				wanted: 'read',
				hint: 'what is there stays; lift again when it answers',
			},
		];
	},
	plan({ sides }) {
		const lift = sides.flatMap((side) => (toLift(side).length > 0 ? [{ alias: side.alias, lift: toLift(side), deny: [] }] : []));
		const told = sides.map(({ alias, made, copies }) => `${alias}: ${made === null ? 'unknown' : made.length + copies.length}`);
		return {
			change: lift.length > 0 ? { sides: lift } : null,
			summary: {
				what: 'denials by kdr, and copies',
				now: told.join(', '),
				after: 'none',
				undo: 'deny again',
				commands: lift.flatMap(({ alias, lift: bindings }) => aclCommand(alias, bindings, 'remove')),
			},
		};
	},
	async apply({ sides }, io) {
		for (const { alias, lift, deny } of sides) {
			const { acls } = io.world.side(alias);
			await acls.create(deny);
			await acls.remove(lift);
		}
		return [];
	},
	verify: ({ sides }): Check[] =>
		sides
			.filter(({ made }) => made !== null)
			.map((side) => ({
				code: 'fence-lifted',
				status: toLift(side).length === 0 ? 'pass' : 'block',
				what: `denials of kdr left on ${side.alias}`,
				observed: toLift(side).length === 0 ? 'none' : count(toLift(side).length, 'denial'),
				wanted: 'none',
			})),
	undo: { of: ({ sides }) => ({ sides: sides.map(({ alias, lift, deny }) => ({ alias, lift: deny, deny: lift })) }) },
});

const toLift = ({ made, copies }: FenceSide) => [...(made ?? []), ...copies];
