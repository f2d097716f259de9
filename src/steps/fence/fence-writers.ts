import { z } from 'zod';
import { blockIf, blockUnless, type Check } from '../../domain/check.ts';
import type { LinkConfig } from '../../domain/config/link.ts';
import { type FenceChange, fenceBack, fenceChange, isNothing } from '../../domain/fence/change.ts';
import { fenceFromJournal } from '../../domain/fence/fence-from-journal.ts';
import { withoutAcl } from '../../domain/fence/principals.ts';
import { topicsInScope } from '../../domain/kafka/scope.ts';
import type { Move } from '../../domain/run/events.ts';
import { count, list } from '../../domain/text.ts';
import { reachOf, uses } from '../../observe/fence-program.ts';
import { linkRuns } from '../../observe/runs.ts';
import type { AclBinding } from '../../ports/acls.ts';
import { fenceGrants } from '../grant.ts';
import { changeKind } from '../kind.ts';
import { collateral, denials, missing, removed, transactionDenials } from './access.ts';
import { type CanaryLook, canaryFits, lookAtCanary } from './canary-fits.ts';
import {
	applyFence,
	asked,
	brakes,
	type FenceFacts,
	type FenceFactsAndPeople,
	fenceCommands,
	fenceSpends,
	fenceTakenBack,
	fenceUp,
	observeFenceOn,
	personDid,
	silentBrokers,
} from './drivers.ts';

const params = z.object({});

interface Facts extends FenceFactsAndPeople {
	/** null: not asked, or kdr has no login of an application. */
	canary: CanaryLook | null;
}

/** Keeps the applications from writing on the cluster we leave, by every driver of the link. */
export const fenceWriters = changeKind<z.infer<typeof params>, Facts, FenceChange>({
	type: 'change',
	kind: 'fence-writers',
	role: 'fences-writers',
	purpose: 'stop writers on the cluster we leave',
	report: {
		phase: 'fence',
		outage: 'starts',
		notMeasured: ['the fence does not stop writers of other principals'],
	},
	params,
	change: fenceChange,
	grants: (link) => fenceGrants('from', link),
	settleMs: 15_000,
	spends: (_facts, _params, { link }) => fenceSpends(link),
	async observe(_params, io, ctx) {
		const { link } = ctx;
		const all = await io.from.cluster.topics();
		const names = topicsInScope(all, link.topics).map(({ name }) => name);
		// Asked for the plan alone; behind the fence it is writers-still that asks. A failover waits for no proof.
		const asks = ctx.preview && ctx.move.mode !== 'failover';
		const [facts, runs, canary] = await Promise.all([
			observeFenceOn(io.from, { all, names }, io, ctx),
			uses(link, 'manual') ? linkRuns(io.world, link) : null,
			asks && io.from.canary ? lookAtCanary(io.from.canary, names) : null,
		]);
		return { ...facts, canary, byPerson: runs !== null && fenceFromJournal(runs.runs)(io.from.alias).byPerson };
	},
	check: (facts, _params, { link }) => fenceTraps(facts, link),
	checkPlan: (facts, _params, { link, move }) => [
		...(uses(link, 'acl') ? [brokersTell(facts, move)] : []),
		...fenceTraps(facts, link),
	],
	plan(facts, _params, { link, move }) {
		const change: FenceChange = {
			deny: missing(wantedOf(facts, link), facts.bindings),
			lift: [],
			rates: brakes(facts.rates, link),
			program: facts.up === false ? 'apply' : null,
			person: uses(link, 'manual') && !facts.byPerson ? 'apply' : null,
		};
		const up = isNothing(change);
		const after = uses(link, 'acl') ? 'WRITE denied' : `fenced by ${link.fence.driver.join(' and ')}`;
		return {
			change: up ? null : change,
			summary: {
				what: `${list(facts.principals)} on ${count(facts.scope.length, 'topic')} of ${move.from}`,
				now: up ? after : 'may write',
				after,
				undo: 'lift',
				commands: fenceCommands(move.from, change, link),
				note: reachOf(link),
			},
		};
	},
	apply: async (change, io, ctx) => {
		await applyFence(change, io.from, io, ctx);
		return [];
	},
	verify: (facts, _change, _params, ctx) => [
		...fenceUp(facts, wantedOf(facts, ctx.link), ctx),
		...(uses(ctx.link, 'manual') ? [saidSo(facts, personDid('apply', facts, ctx), ctx.link)] : []),
	],
	lost(facts, _params, { link }) {
		const wanted = wantedOf(facts, link);
		const absent = missing(wanted, facts.bindings);
		if (facts.up === false) return { ...programDown(facts), status: 'block' };
		return removed(`WRITE denied on ${facts.alias}`, absent, wanted.length, facts.bindings);
	},
	undo: { of: fenceBack, undone: (facts, back, _params, ctx) => fenceTakenBack(facts, back, ctx) },
});

const programDown = ({ alias }: Facts) => ({
	code: 'KDR_FENCE_REMOVED',
	what: `fence on ${alias}, by its program`,
	observed: 'not up any more',
	wanted: 'up',
});

function wantedOf({ scope, principals, bindings }: FenceFacts, link: LinkConfig): AclBinding[] {
	if (!uses(link, 'acl')) return [];
	return [...denials(scope, principals, 'write'), ...transactionDenials(link.fence, principals, bindings)];
}

const saidSo = ({ alias }: Facts, so: boolean, link: LinkConfig): Check =>
	blockUnless(so, {
		code: 'fence-person',
		what: asked('apply', alias, link),
		observed: so ? 'a person said so' : 'nobody has said so',
	});

/** A broker that does not tell the denials it goes by could not prove the fence later. */
function brokersTell({ byBroker, alias }: FenceFacts, { mode }: Move): Check {
	const silent = silentBrokers(byBroker);
	return {
		code: 'fence-provable',
		status: silent.length === 0 ? 'pass' : mode === 'failover' ? 'warn' : 'unknown',
		what: `brokers of ${alias} that tell which denials they go by`,
		observed:
			silent.length === 0 ? `${count(byBroker.size, 'broker')} of ${byBroker.size}` : `unknown: ${list(silent)}`,
		wanted: 'every broker',
	};
}

const fenceTraps = (facts: Facts, link: LinkConfig): Check[] => [
	...(uses(link, 'acl') ? aclTraps(facts) : []),
	...canaryFits(facts.canary, facts.principals, link, facts.alias),
];

/** What would make denials do more, or less, than is meant. */
function aclTraps({ all, scope, bindings, everybody, principals, alias }: FenceFacts): Check[] {
	const bare = withoutAcl(scope, bindings);
	return [
		collateral(all, scope),
		blockUnless(bare.length === 0, {
			code: 'fence-shuts-out',
			what: `topics of ${alias} without any ACL`,
			observed: bare.length === 0 ? 'none' : list(bare),
			found: bare,
			wanted:
				'none: with allow.everyone.if.no.acl.found the first ACL shuts out everybody it does not allow, MirrorMaker and readers too',
			hint: 'allow their users first; or, when all of them are super users, --override fence-shuts-out=REASON',
		}),
		blockIf(everybody || principals.length === 0, {
			code: 'fence-somebody',
			what: 'whom to fence',
			observed: everybody
				? 'User:*: an ACL allows everybody'
				: principals.length === 0
					? 'nobody: no ACL allows anybody'
					: list(principals),
			hint: 'name them in links.<name>.fence.principals',
		}),
	];
}
