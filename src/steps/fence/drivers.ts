import { blockUnless, type Check } from '../../domain/check.ts';
import type { LinkConfig } from '../../domain/config/link.ts';
import { KdrError } from '../../domain/errors/kdr-error.ts';
import type { FenceChange } from '../../domain/fence/change.ts';
import { type FencedPrincipals, fencedPrincipals } from '../../domain/fence/principals.ts';
import { type Item, splitItems } from '../../domain/item.ts';
import type { StepTime } from '../../domain/plan/planned-step.ts';
import { isSameChange } from '../../domain/run/same-change.ts';
import { kafkaLine, shellLine } from '../../domain/runbook/shell.ts';
import { count, list } from '../../domain/text.ts';
import { describe, isUp, uses } from '../../observe/fence-program.ts';
import type { AclBinding } from '../../ports/acls.ts';
import { askUntil } from '../../ports/ask-until.ts';
import type { Topic } from '../../ports/cluster.ts';
import type { Side } from '../../ports/world.ts';
import { runProgram } from '../exec.ts';
import type { ApprovalRequest, RunFacts, StepContext, StepIo } from '../kind.ts';
import { aclCommand, inPlace, lifted, missing } from './access.ts';

/** What the drivers of a fence (links.<name>.fence.driver) see, do and prove on one cluster. */

export interface FenceFacts extends FencedPrincipals {
	alias: string;
	all: Topic[];
	scope: string[];
	/** All ACLs; none where no driver asks for them. */
	bindings: AclBinding[];
	/** The denials that each broker goes by. */
	byBroker: Map<number, Item<AclBinding[]>>;
	/** `producer_byte_rate` of the fenced users. */
	rates: Map<string, number | null>;
	/** What the program that looks says; null: there is none. */
	up: boolean | null;
}

/** The same, with what people have said by the journals. */
export interface FenceFactsAndPeople extends FenceFacts {
	byPerson: boolean;
}

const userOf = (principal: string): string => principal.replace(/^User:/, '');

/** Reads what the drivers of the link ask for, and nothing else: without an authorizer there are no ACLs to list. */
export async function observeFenceOn(
	side: Side,
	scope: { all: Topic[]; names: string[] },
	io: StepIo,
	ctx: StepContext,
): Promise<FenceFacts> {
	const { link } = ctx;
	const byAcl = uses(link, 'acl');
	const [bindings, byBroker, up] = await Promise.all([
		byAcl || link.fence.allBut ? side.acls.list() : [],
		byAcl ? side.watch.denials() : new Map<number, Item<AclBinding[]>>(),
		isUp(side.alias, io.world, link, ctx.signal),
	]);
	const who = fencedPrincipals(link.fence, scope.names, bindings);
	const rates = uses(link, 'quota')
		? await side.quotas.producerRates(who.principals.map(userOf))
		: new Map<string, number | null>();
	return { alias: side.alias, all: scope.all, scope: scope.names, bindings, byBroker, rates, up, ...who };
}

export const brake = ({ fence }: LinkConfig): number => fence.quota?.bytesPerSecond ?? 1;

/** Rates to set so that every fenced user has the brake on. */
export const brakes = (rates: FenceFacts['rates'], link: LinkConfig): FenceChange['rates'] =>
	[...rates].flatMap(([user, before]) => (before === brake(link) ? [] : [{ user, before, after: brake(link) }]));

/** The only writer. ACLs and quotas first: they take no time. */
export async function applyFence(change: FenceChange, side: Side, io: StepIo, ctx: StepContext): Promise<void> {
	await denyInTurn(change, side, io, ctx);
	await side.acls.remove(change.lift);
	await side.quotas.setProducerRates(new Map(change.rates.map(({ user, after }) => [user, after])));
	if (change.program !== null) await runFenceProgram(change.program, side.alias, io, ctx);
	if (change.person === null) return;
	const request = toPerson(change.person, side.alias, ctx.link);
	if (isApproved(request, ctx)) return;
	if (await ctx.approve?.(request)) return ctx.record({ approved: request });
	const hint = `kdr runs resume ${ctx.run} --approve ${ctx.step}`;
	throw new KdrError('KDR_APPROVAL_PENDING', `${request.text} nobody has approved it yet`, { hint });
}

/** How long open transactions are given to be ended by their owners, ms. */
const graceMs = 3_000;

/**
 * Denials on transactional ids come last, and only once open transactions have ended or had time to: a producer that meets a
 * denied topic aborts at once, but one that may not use its id any more can end nothing, and its transaction stays open until
 * the coordinator's time-out. Only a switchover has the time: elsewhere owners are gone, or about to be.
 */
async function denyInTurn(
	{ deny }: FenceChange,
	side: Side,
	{ world: { clock } }: StepIo,
	ctx: StepContext,
): Promise<void> {
	const late = deny.filter(({ resourceType }) => resourceType === 'transactional-id');
	await ctx.assertHeld?.();
	await side.acls.create(deny.filter((binding) => !late.includes(binding)));
	if (late.length === 0) return;
	const scope = new Set(deny.map(({ resourceName }) => resourceName));
	const open = async () =>
		(await side.watch.transactions()).filter(({ topics }) => topics.some((topic) => scope.has(topic)));
	if (ctx.move.mode === 'switchover')
		await askUntil(open, {
			...{ clock, signal: ctx.signal, withinMs: graceMs, everyMs: 200 },
			isEnough: (found) => found.length === 0,
			waiting: (found) =>
				ctx.progress(`waiting for ${list(found.map(({ transactionalId }) => transactionalId))} to end`),
		});
	await ctx.assertHeld?.();
	await side.acls.create(late);
}

async function runFenceProgram(what: 'apply' | 'lift', alias: string, io: StepIo, ctx: StepContext): Promise<void> {
	const { exec } = ctx.link.fence;
	if (!exec)
		throw new KdrError(
			'KDR_CONFIG_INVALID',
			`links.${ctx.link.name}.fence.exec is gone from kdr.yaml: ${alias} was fenced by it`,
		);
	const end = await runProgram(exec[what], exec, io, ctx, { KDR_CLUSTER: alias });
	if (end.code === 0) return;
	throw new KdrError('KDR_PROGRAM_FAILED', `${shellLine(exec[what])}: ${describe(end, exec.within)}`, {
		hint: 'correct what it reports; it runs again when the run is resumed',
	});
}

/** How long setting the fence may wait, and for whom. */
export const fenceSpends = (link: LinkConfig): Partial<StepTime> => ({
	waitsMs: (uses(link, 'acl') ? graceMs : 0) + (uses(link, 'exec') ? (link.fence.exec?.within ?? 0) : 0),
	...(uses(link, 'manual') && { person: true }),
});

export function asked(what: 'apply' | 'lift', alias: string, { name, fence }: LinkConfig): string {
	const text =
		fence.manual?.[what] ??
		(what === 'apply' ? 'Keep the applications from writing.' : 'Let the applications write again.');
	return `${text} (link ${name}, cluster ${alias})`;
}

const toPerson = (what: 'apply' | 'lift', alias: string, link: LinkConfig): ApprovalRequest => ({
	text: asked(what, alias, link),
	word: what === 'apply' ? 'fenced' : 'open',
});

const isApproved = (request: ApprovalRequest, { evidence }: RunFacts): boolean =>
	evidence().some((one) => isSameChange(one, { approved: request }));

/** Whether a person has done it: said so in this run, or by the journals. */
export const personDid = (
	what: 'apply' | 'lift',
	{ alias, byPerson }: { alias: string; byPerson: boolean },
	ctx: RunFacts,
): boolean => byPerson === (what === 'apply') || isApproved(toPerson(what, alias, ctx.link), ctx);

/** Whether a fence is up by every driver, as the cluster itself shows it. `wanted`: the denials. */
export function fenceUp(facts: FenceFacts, wanted: readonly AclBinding[], ctx: RunFacts): Check[] {
	const { link, move } = ctx;
	const off = brakes(facts.rates, link);
	return [
		...(uses(link, 'acl')
			? [
					inPlace('fence-in-place', `WRITE denied on ${facts.alias}`, missing(wanted, facts.bindings), wanted.length),
					onEveryBroker(facts, wanted, move.mode === 'failover'),
				]
			: []),
		...(uses(link, 'quota')
			? [
					check(
						'fence-brake',
						`brake on users of ${facts.alias}`,
						off.length === 0,
						off.length === 0 ? 'on' : `not on ${list(off.map(({ user }) => user))}`,
					),
				]
			: []),
		...(facts.up === null
			? []
			: [check('fence-program', `fence on ${facts.alias}, by its program`, facts.up, facts.up ? 'up' : 'not up')]),
	];
}

/** Whether the undo of a change is in place. */
export function fenceTakenBack(facts: FenceFactsAndPeople, back: FenceChange, ctx: RunFacts): Check[] {
	const { link } = ctx;
	const off = back.rates.filter(({ user, after }) => facts.rates.has(user) && facts.rates.get(user) !== after);
	const up = back.program === 'apply';
	return [
		...(uses(link, 'acl') ? [lifted(`WRITE denied on ${facts.alias}`, back.lift, facts.bindings)] : []),
		...(back.rates.length > 0
			? [
					check(
						'fence-brake',
						`quotas of users of ${facts.alias}`,
						off.length === 0,
						off.length === 0 ? 'as before' : 'not as before',
					),
				]
			: []),
		...(back.program === null || facts.up === null
			? []
			: [
					check(
						'fence-program',
						`fence on ${facts.alias}, by its program`,
						facts.up === up,
						facts.up ? 'up' : 'not up',
					),
				]),
		...(back.person === null
			? []
			: [
					check(
						'fence-person',
						asked(back.person, facts.alias, link),
						personDid(back.person, facts, ctx),
						'nobody has said so',
					),
				]),
	];
}

const check = (code: string, what: string, pass: boolean, observed: string): Check =>
	blockUnless(pass, {
		code,
		what,
		observed: pass && code === 'fence-person' ? 'a person said so' : observed,
	});

/** Brokers that gave no answer, each with the reason. */
export const silentBrokers = (byBroker: ReadonlyMap<number, Item<unknown>>): string[] =>
	splitItems(byBroker).failed.map(([id, { message }]) => `broker ${id}: ${message}`);

/** ACLs reach each broker in its own time; until then it lets writes through. */
function onEveryBroker({ byBroker, alias }: FenceFacts, wanted: readonly AclBinding[], hurried: boolean): Check {
	const silent = silentBrokers(byBroker);
	const open = [...byBroker].flatMap(([id, item]) =>
		item.ok && missing(wanted, item.value).length > 0 ? [`broker ${id}`] : [],
	);
	const fine = `${count(byBroker.size, 'broker')} of ${byBroker.size}`;
	return {
		code: 'fence-propagated',
		// A failover does not wait for a broker that may be dying.
		status: open.length > 0 ? 'block' : silent.length > 0 ? (hurried ? 'warn' : 'unknown') : 'pass',
		what: `brokers of ${alias} that go by the denials`,
		observed: open.length > 0 ? `not yet ${list(open)}` : silent.length > 0 ? `unknown: ${list(silent)}` : fine,
		wanted: 'every broker',
	};
}

/** Commands of Kafka's own that do the same. */
export function fenceCommands(
	alias: string,
	{ deny, lift, rates, program, person }: FenceChange,
	link: LinkConfig,
): string[] {
	const { exec } = link.fence;
	return [
		...aclCommand(alias, deny, 'add'),
		...aclCommand(alias, lift, 'remove'),
		...rates.map(({ user, after }) => {
			const how =
				after === null ? ['--delete-config', 'producer_byte_rate'] : ['--add-config', `producer_byte_rate=${after}`];
			return kafkaLine('kafka-configs.sh', alias, ['--alter', ...how, '--entity-type', 'users', '--entity-name', user]);
		}),
		...(program !== null && exec
			? [`KDR_LINK=${shellLine([link.name])} KDR_CLUSTER=${shellLine([alias])} ${shellLine(exec[program])}`]
			: []),
		...(person === null
			? []
			: [
					`[ "\${YES:-}" = 1 ] || read -r -p ${shellLine([`${asked(person, alias, link)} Enter when it is so: `])} _ </dev/tty`,
				]),
	];
}
