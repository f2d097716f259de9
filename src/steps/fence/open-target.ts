import { z } from 'zod';
import { blockUnless, type Check } from '../../domain/check.ts';
import { type FenceChange, fenceBack, fenceChange, isNothing } from '../../domain/fence/change.ts';
import { fenceFromJournal, type JournalledFence } from '../../domain/fence/fence-from-journal.ts';
import type { FenceSide } from '../../domain/fence/view.ts';
import { count } from '../../domain/text.ts';
import { brakedUsers } from '../../observe/fence.ts';
import { runsForMove } from '../../observe/runs.ts';
import { scopeTopics } from '../../observe/scope.ts';
import type { AclBinding } from '../../ports/acls.ts';
import { fenceGrants } from '../grant.ts';
import { changeKind, type RunFacts, type StepContext, type StepIo } from '../kind.ts';
import { missing, shared } from './access.ts';
import {
	applyFence,
	brake,
	type FenceFacts,
	type FenceFactsAndPeople,
	fenceCommands,
	fenceSpends,
	fenceTakenBack,
	observeFenceOn,
	personDid,
} from './drivers.ts';
import { ownDenials } from './own-denials.ts';

const params = z.object({});

interface Facts extends FenceFactsAndPeople {
	/** Denials that an earlier move left on the cluster we move to. */
	left: AclBinding[];
	/** Users that a brake is on. */
	braked: FenceSide['braked'];
}

/** Lifts what an earlier move put on the cluster we move to, so that clients may read and write there. */
export const openTarget = changeKind<z.infer<typeof params>, Facts, FenceChange>({
	type: 'change',
	kind: 'open-target',
	role: 'opens-target',
	purpose: 'let applications read and write on the cluster we move to',
	report: { phase: 'open' },
	params,
	change: fenceChange,
	grants: (link) => fenceGrants('to', link),
	settleMs: 15_000,
	spends: (_facts, _params, { link }) => fenceSpends(link),
	async observe(_params, io, ctx) {
		const all = await scopeTopics(io.to, ctx.link);
		const names = all.map(({ name }) => name);
		const [facts, journalled] = await Promise.all([observeFenceOn(io.to, { all, names }, io, ctx), madeOn(io, ctx)]);
		// The drivers of the link may be others than those of the move that put it up.
		const bindings =
			facts.bindings.length === 0 && journalled.bindings.length > 0 ? await io.to.acls.list() : facts.bindings;
		const known = await brakedUsers(io.to, journalled);
		const others = brakedRates(facts, brake(ctx.link)).filter(({ user }) => known.every((one) => one.user !== user));
		return {
			...facts,
			byPerson: journalled.byPerson,
			left: leftOn({ ...facts, bindings }, journalled, ctx),
			braked: [...known, ...others],
		};
	},
	check: () => [],
	plan(facts, _params, { link, move }) {
		const change: FenceChange = {
			deny: [],
			lift: facts.left,
			rates: facts.braked.map(({ user, now, before }) => ({ user, before: now, after: before })),
			program: facts.up ? 'lift' : null,
			person: facts.byPerson ? 'lift' : null,
		};
		const open = isNothing(change);
		return {
			change: open ? null : change,
			summary: {
				what: `applications on ${move.to}`,
				now: open
					? 'not denied'
					: facts.left.length > 0
						? `${count(facts.left.length, 'denial')} of an earlier move`
						: 'fenced by an earlier move',
				after: 'not denied',
				undo: 'deny again',
				commands: fenceCommands(move.to, change, link),
			},
		};
	},
	async apply(change, io, ctx) {
		await applyFence(change, io.to, io, ctx);
		return [];
	},
	verify(facts, _change, _params, ctx): Check[] {
		const { left, up, braked } = facts;
		const person = !personDid('lift', facts, ctx);
		const kept = [
			...(left.length > 0 ? [count(left.length, 'denial')] : []),
			...(braked.length > 0 ? ['a brake'] : []),
			...(up ? ['the fence of its program'] : []),
			...(person ? ['the fence of an operator'] : []),
		];
		return [
			blockUnless(kept.length === 0, {
				code: 'target-open',
				what: `fence of kdr left on ${ctx.move.to}`,
				observed: kept.length === 0 ? 'none' : kept.join(', '),
				wanted: 'none',
			}),
		];
	},
	undo: { of: fenceBack, undone: (facts, back, _params, ctx) => fenceTakenBack(facts, back, ctx) },
});

/** Those of the journals; and by their shape, for the journal that knows of them may be the one of a dead cluster. */
function leftOn(facts: FenceFacts, made: JournalledFence, { link }: RunFacts): AclBinding[] {
	const alike = ownDenials(facts, link);
	return [...alike, ...missing(shared(made.bindings, facts.bindings), alike)];
}

/** What kdr has set on the cluster we move to, as far as journals show without waiting for a dead one. */
async function madeOn(io: StepIo, ctx: StepContext): Promise<JournalledFence> {
	return fenceFromJournal(await runsForMove(io, ctx))(ctx.move.to);
}

/** A rate that is just the brake's is one, also when no journal tells of it. */
const brakedRates = ({ rates }: FenceFacts, brake: number): FenceSide['braked'] =>
	[...rates].flatMap(([user, now]) => (now === brake ? [{ user, now, before: null }] : []));
