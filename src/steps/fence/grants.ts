import type { LinkConfig } from '../../domain/config/link.ts';
import { asKdrError } from '../../domain/errors/kdr-error.ts';
import type { RunStep } from '../../domain/run/events.ts';
import type { Allowed, Operation } from '../../ports/permissions.ts';
import type { Side } from '../../ports/world.ts';
import { list, scopeGroups, scopeTopics } from '../estate.ts';
import type { StepContext, StepIo } from '../kind.ts';

/** What a step needs to be allowed to write. */
interface Grant {
	side: 'from' | 'to';
	on: 'cluster' | 'topics' | 'groups' | 'journal';
	operation: Operation;
}

const setAcls = (side: Grant['side']): Grant => ({ side, on: 'cluster', operation: 'alter' });
const journal: Grant = { side: 'to', on: 'journal', operation: 'write' };

/** By kind of step. Connect and the DNS provider do not tell what is allowed; they are not asked. */
const grants: Readonly<Record<string, (link: LinkConfig) => Grant[]>> = {
	'fence-writers': ({ fence }) => [
		...(fence.driver.includes('acl') ? [setAcls('from')] : []),
		...(fence.driver.includes('quota') ? [{ side: 'from', on: 'cluster', operation: 'alter-configs' } as const] : []),
	],
	'evict-readers': () => [setAcls('from'), { side: 'from', on: 'groups', operation: 'read' }],
	'open-target': () => [setAcls('to')],
	'offsets-commit': () => [
		{ side: 'to', on: 'groups', operation: 'read' },
		{ side: 'to', on: 'topics', operation: 'read' },
	],
	'salvage-replay': () => [{ side: 'to', on: 'topics', operation: 'write' }],
};

/** A permission that a step needs and that kdr has not (`block`), or of which the cluster says nothing (`warning`). */
export interface MissingGrant {
	/** Absent: of the run itself. */
	step?: string;
	severity: 'block' | 'warning';
	message: string;
}

/** Asks both clusters what kdr may do there, and compares it with what the steps would write. Nothing is tried. */
export async function missingGrants(
	steps: readonly RunStep[],
	io: StepIo,
	cx: Pick<StepContext, 'link' | 'fromAlive'>,
): Promise<MissingGrant[]> {
	const wanted = [
		{ grant: journal, step: undefined },
		...steps.flatMap(({ id, kind }) => (grants[kind]?.(cx.link) ?? []).map((grant) => ({ grant, step: id }))),
	];
	const asked = wanted.filter(({ grant }) => grant.side === 'to' || cx.fromAlive);
	const answers = new Map<string, Promise<Map<string, Allowed>>>();
	const found = await Promise.all(
		asked.map(async ({ grant, step }) => {
			const key = `${grant.side} ${grant.on}`;
			const side = io[grant.side];
			const answer = answers.get(key) ?? ask(side, grant.on, cx.link);
			answers.set(key, answer);
			return judge(grant, side.alias, await answer.catch(asKdrError)).map((one) => ({ ...one, ...(step !== undefined && { step }) }));
		}),
	);
	return found.flat();
}

async function ask(side: Side, on: Grant['on'], link: LinkConfig): Promise<Map<string, Allowed>> {
	if (on === 'cluster') return new Map([['the cluster', await side.permissions.cluster()]]);
	if (on === 'topics') return side.permissions.topics((await scopeTopics(side, link)).map(({ name }) => name));
	if (on === 'groups') return side.permissions.groups((await scopeGroups(side, link)).map(({ id }) => id));
	// Not there yet: the first run makes it, and whether it may is only known then.
	return side.permissions.topics(['kdr-journal.internal']);
}

function judge({ operation }: Grant, alias: string, answer: Map<string, Allowed> | Error): MissingGrant[] {
	const doing = operation.toUpperCase().replace('-', '_');
	if (answer instanceof Error)
		return [{ severity: 'warning', message: `whether kdr may ${doing} on ${alias} is unknown: ${answer.message}` }];
	const without = [...answer].filter(([, allowed]) => allowed !== null && !allowed.has(operation)).map(([name]) => name);
	const untold = [...answer].filter(([, allowed]) => allowed === null).map(([name]) => name);
	return [
		...(without.length > 0
			? [{ severity: 'block' as const, message: `kdr may not ${doing} ${list(without)} on ${alias} (KDR_NOT_PERMITTED)` }]
			: []),
		...(untold.length > 0
			? [{ severity: 'warning' as const, message: `whether kdr may ${doing} ${list(untold)} on ${alias} is unknown` }]
			: []),
	];
}
