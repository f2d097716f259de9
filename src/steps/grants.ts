import type { Check } from '../domain/check.ts';
import type { LinkConfig } from '../domain/config/link.ts';
import { asKdrError } from '../domain/errors/kdr-error.ts';

import type { Move, RunStep } from '../domain/run/events.ts';
import { list } from '../domain/text.ts';
import { observeLinkGroups } from '../observe/link-groups.ts';
import { memoryNames } from '../observe/old-topics.ts';
import { scopeTopics } from '../observe/scope.ts';
import type { Allowed } from '../ports/permissions.ts';
import type { Grant } from './grant.ts';
import type { AnyKind, StepContext, StepIo } from './kind.ts';

/** A permission that a step needs and that kdr has not (`block`), or of which the cluster says nothing (`warning`). */
export interface MissingGrant {
	/** Absent: of the run itself. */
	step?: string;
	severity: 'block' | 'warning';
	message: string;
}

/** What `missingGrants` finds, as checks of a plan. */
export async function grantChecks(
	...request: Parameters<typeof missingGrants>
): Promise<{ step?: string; check: Check }[]> {
	return (await missingGrants(...request)).map(({ step, severity, message }) => ({
		...(step !== undefined && { step }),
		check: {
			code: 'KDR_NOT_PERMITTED',
			status: severity === 'block' ? 'block' : 'warn',
			what: grantsWhat,
			observed: message.replace(/ \(KDR_NOT_PERMITTED\)$/, ''),
			hint: 'docs/permissions.md lists all that kdr needs',
		},
	}));
}

export const grantsWhat = 'permissions of kdr';

/** Asks both clusters what kdr may do there, and compares it with what the steps would write. Nothing is tried. */
export async function missingGrants(
	{ mode, steps }: { mode: Move['mode']; steps: readonly RunStep[] },
	kinds: ReadonlyMap<string, AnyKind>,
	io: StepIo,
	ctx: Pick<StepContext, 'link' | 'fromAlive'>,
): Promise<MissingGrant[]> {
	// A failover takes the lock on the side it leaves only if it can.
	const locks = [journalOn('to'), ...(mode === 'failover' ? [] : [journalOn('from')])];
	const wanted = [
		...locks.map((grant) => ({ grant, step: undefined })),
		...steps.flatMap(({ id, kind, params }) =>
			grantsOf(kinds.get(kind), ctx.link, params).map((grant) => ({ grant, step: id })),
		),
	];
	const asked = wanted.filter(({ grant }) => grant.side === 'to' || ctx.fromAlive);
	const answers = new Map<string, Promise<Map<string, Allowed>>>();
	const found = await Promise.all(
		asked.map(async ({ grant, step }) => {
			const key = JSON.stringify([grant.side, grant.on]);
			const side = io[grant.side];
			const answer = answers.get(key) ?? ask(io, grant, ctx.link);
			answers.set(key, answer);
			return judge(grant, side.alias, await answer.catch(asKdrError)).map((one) => ({
				...one,
				...(step !== undefined && { step }),
			}));
		}),
	);
	return found.flat();
}

const grantsOf = (kind: AnyKind | undefined, link: LinkConfig, params: unknown): Grant[] =>
	kind?.type === 'change' ? kind.grants(link, params) : [];

const journalOn = (side: Grant['side']): Grant => ({ side, on: { topic: 'kdr-journal.internal' }, operation: 'write' });

async function ask(io: StepIo, { side: where, on }: Grant, link: LinkConfig): Promise<Map<string, Allowed>> {
	const [side, other] = where === 'from' ? [io.from, io.to] : [io.to, io.from];
	if (on === 'cluster') return new Map([['the cluster', await side.permissions.cluster()]]);
	if (on === 'groups') return side.permissions.groups((await observeLinkGroups(side, link)).groups.map(({ id }) => id));
	if (on === 'memory') return side.permissions.topics(await memoryNames(side, other, link));
	// One that is not there is made when it is needed, and whether it may be is only known then.
	if (typeof on === 'object') return side.permissions.topics([on.topic]);
	if (on === 'to-be-made' && (await side.permissions.cluster())?.has('create')) return new Map();
	return side.permissions.topics((await scopeTopics(side, link)).map(({ name }) => name));
}

function judge({ operation, undo }: Grant, alias: string, answer: Map<string, Allowed> | Error): MissingGrant[] {
	const doing = operation.toUpperCase().replace('-', '_');
	if (answer instanceof Error)
		return [{ severity: 'warning', message: `whether kdr may ${doing} on ${alias} is unknown: ${answer.message}` }];
	const without = [...answer]
		.filter(([, allowed]) => allowed !== null && !allowed.has(operation))
		.map(([name]) => name);
	const untold = [...answer].filter(([, allowed]) => allowed === null).map(([name]) => name);
	const denied = `kdr may not ${doing} ${list(without)} on ${alias}`;
	return [
		...(without.length > 0
			? [
					undo
						? { severity: 'warning' as const, message: `${denied}: the step could not be undone completely` }
						: { severity: 'block' as const, message: `${denied} (KDR_NOT_PERMITTED)` },
				]
			: []),
		...(untold.length > 0
			? [{ severity: 'warning' as const, message: `whether kdr may ${doing} ${list(untold)} on ${alias} is unknown` }]
			: []),
	];
}
