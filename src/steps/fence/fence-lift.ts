import { z } from 'zod';
import { blockUnless, type Check, warnUnless } from '../../domain/check.ts';
import { type FenceChange, fenceBack, isNothing } from '../../domain/fence/change.ts';
import { ofBothSides } from '../../domain/fence/fence-from-journal.ts';
import type { FenceSide, FenceView } from '../../domain/fence/view.ts';
import { count, list } from '../../domain/text.ts';
import { observeFence } from '../../observe/fence.ts';
import { uses } from '../../observe/fence-program.ts';
import { scopeTopics } from '../../observe/scope.ts';
import { fenceGrants } from '../grant.ts';
import { changeKind, type StepContext, type StepIo } from '../kind.ts';
import { missing } from './access.ts';
import { applyFence, fenceCommands, personDid } from './drivers.ts';
import { ownDenials } from './own-denials.ts';

const params = z.object({});

/** Lifts the fence kdr set, on both sides, and copies of its denials that anything carried over; nothing else is touched. */
export const fenceLift = changeKind<z.infer<typeof params>, FenceView, z.infer<typeof ofBothSides>>({
	type: 'change',
	kind: 'fence-lift',
	role: 'lifts-fences',
	purpose: 'lift the fence kdr set, and copies of its denials',
	report: { phase: 'fence' },
	params,
	change: ofBothSides,
	grants: (link) => [...fenceGrants('from', link), ...fenceGrants('to', link)],
	settleMs: 15_000,
	async observe(_params, io, ctx) {
		const view = await observeFence(io.world, ctx.link, ctx.signal);
		return view.missing.length === 0 ? view : { ...view, sides: await withOwnByShape(view, io, ctx) };
	},
	check: ({ sides, missing }): Check[] => {
		const silent = sides.filter(({ made }) => made === null).map(({ alias }) => alias);
		return [
			warnUnless(silent.length === 0 && missing.length === 0, {
				code: 'fence-seen',
				what: 'both sides and their journals',
				observed:
					silent.length + missing.length === 0
						? 'read'
						: `not read: ${list([...silent.map((alias) => `the fence on ${alias}`), ...missing.map(({ alias }) => `journal of ${alias}`)])}`,
				wanted: 'read',
				hint: 'its fence stays; lift again when it answers',
			}),
		];
	},
	plan({ sides }, _params, { link }) {
		const lift = sides
			.map((side) => ({ alias: side.alias, change: lifting(side) }))
			.filter((one) => !isNothing(one.change));
		return {
			change: lift.length > 0 ? { sides: lift } : null,
			summary: {
				what: 'fences by kdr, and copies of denials',
				now: sides.map((side) => `${side.alias}: ${describeFence(side)}`).join(', '),
				after: 'none',
				undo: 'set again',
				commands: lift.flatMap((one) => fenceCommands(one.alias, one.change, link)),
			},
		};
	},
	async apply({ sides }, io, ctx) {
		for (const one of sides) await applyFence(one.change, io.world.side(one.alias), io, ctx);
		return [];
	},
	verify: ({ sides }, _change, _params, ctx): Check[] =>
		sides
			.filter((side) => side.made !== null)
			.map((side) => {
				const left = lifting({ ...side, byPerson: !personDid('lift', side, ctx) });
				return blockUnless(isNothing(left), {
					code: 'fence-lifted',
					what: `fence of kdr left on ${side.alias}`,
					observed: isNothing(left) ? 'none' : describeFence(side),
					wanted: 'none',
				});
			}),
	undo: { of: ({ sides }) => ({ sides: sides.map((one) => ({ ...one, change: fenceBack(one.change) })) }) },
});

/** A journal that is gone may have held the fence of a halted run: its denials are recognised on the clusters that answer. */
function withOwnByShape({ sides }: FenceView, { world }: StepIo, { link }: StepContext): Promise<FenceSide[]> {
	return Promise.all(
		sides.map(async (side) => {
			const { made, alias } = side;
			if (made === null || !uses(link, 'acl')) return side;
			const { acls } = world.side(alias);
			const [topics, bindings] = await Promise.all([scopeTopics(world.side(alias), link), acls.list()]);
			const scope = topics.map(({ name }) => name);
			const own = ownDenials({ scope, bindings, principals: [] }, link);
			return { ...side, made: [...made, ...missing(own, [...made, ...side.copies])] };
		}),
	);
}

const lifting = ({ made, copies, braked, byProgram, byPerson }: FenceSide): FenceChange => ({
	deny: [],
	lift: made === null ? [] : [...made, ...copies],
	rates: braked.map(({ user, now, before }) => ({ user, before: now, after: before })),
	program: byProgram ? 'lift' : null,
	person: byPerson ? 'lift' : null,
});

function describeFence({ made, copies, braked, byProgram, byPerson }: FenceSide): string {
	if (made === null) return 'unknown';
	const parts = [
		...(made.length + copies.length > 0 ? [count(made.length + copies.length, 'denial')] : []),
		...(braked.length > 0 ? [count(braked.length, 'brake')] : []),
		...(byProgram ? ['up by its program'] : []),
		...(byPerson ? ['up by a person'] : []),
	];
	return parts.length === 0 ? 'none' : parts.join(', ');
}
