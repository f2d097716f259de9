import type { LinkConfig } from '../../domain/config/link.ts';
import { asKdrError } from '../../domain/errors/kdr-error.ts';
import { mirrorNames } from '../../domain/offsets/names.ts';
import type { Move, RunStep } from '../../domain/run/events.ts';
import { list } from '../../domain/text.ts';
import { scopeGroups, scopeTopics } from '../../observe/scope.ts';
import type { Operation } from '../../ports/acls.ts';
import type { Allowed } from '../../ports/permissions.ts';
import type { Side } from '../../ports/world.ts';
import type { StepContext, StepIo } from '../kind.ts';

/** What a step needs to be allowed to write. */
interface Grant {
	side: 'from' | 'to';
	/** `memory`: what MirrorMaker 2 keeps there of positions; `to-be-made`: topics of the link, where CREATE on the cluster will do too. */
	on: 'cluster' | 'topics' | 'to-be-made' | 'memory' | 'groups' | { topic: string };
	operation: Operation;
	/** Needed only to take the step back. */
	undo?: true;
}

const both = ['from', 'to'] as const;
const journalOn = (side: Grant['side']): Grant => ({ side, on: { topic: 'kdr-journal.internal' }, operation: 'write' });
const none = (): Grant[] => [];

/** What the drivers of the link need to put a fence up and to take it down. */
const fenceOn = (side: Grant['side'], { fence }: LinkConfig): Grant[] => [
	...(fence.driver.includes('acl') ? [{ side, on: 'cluster', operation: 'alter' } as const] : []),
	...(fence.driver.includes('quota') ? [{ side, on: 'cluster', operation: 'alter-configs' } as const] : []),
];

/** OffsetCommit asks READ of the group and of each topic; OffsetDelete DELETE of the group and READ of each topic. */
const offsetsOn = (side: Grant['side']): Grant[] => [
	{ side, on: 'groups', operation: 'read' },
	{ side, on: 'topics', operation: 'read' },
];

/**
 * By kind of step that changes something; `none`: nothing on Kafka. Connect and the DNS provider do not tell what is allowed;
 * they are not asked.
 */
export const grants: Readonly<Record<string, (link: LinkConfig, params: unknown) => Grant[]>> = {
	'fence-writers': (link) => fenceOn('from', link),
	'evict-readers': ({ fence }) => [
		...(fence.driver.includes('acl') ? [{ side: 'from', on: 'cluster', operation: 'alter' } as const] : []),
		{ side: 'from', on: 'groups', operation: 'read' },
	],
	'fence-lift': (link) => both.flatMap((side) => fenceOn(side, link)),
	'open-target': (link) => fenceOn('to', link),
	'offsets-commit': () => [...offsetsOn('to'), { side: 'to', on: 'groups', operation: 'delete', undo: true }],
	'offsets-undo': () => [...offsetsOn('to'), { side: 'to', on: 'groups', operation: 'delete' }],
	'offsets-delete': () => [
		{ side: 'from', on: 'groups', operation: 'delete' },
		{ side: 'from', on: 'topics', operation: 'read' },
	],
	'salvage-replay': (_link, params) => [{ side: 'to', on: quarantineOf(params) ?? 'topics', operation: 'write' }],
	'topics-delete': () => [
		{ side: 'from', on: 'topics', operation: 'delete' },
		...both.map((side) => ({ side, on: 'memory', operation: 'delete' }) as const),
	],
	'topics-create': () => [{ side: 'from', on: 'to-be-made', operation: 'create' }],
	'mirror-stop': none,
	'mirror-seed': none,
	'mirror-resume': none,
	'mirror-reset': none,
	'return-mirror-stop': none,
	'return-mirror-seed': none,
	'return-mirror-resume': none,
	'dns-flip': none,
	exec: none,
};

function quarantineOf(params: unknown): { topic: string } | undefined {
	const { toTopic } = params as { toTopic?: string };
	return toTopic === undefined ? undefined : { topic: toTopic };
}

/** A permission that a step needs and that kdr has not (`block`), or of which the cluster says nothing (`warning`). */
export interface MissingGrant {
	/** Absent: of the run itself. */
	step?: string;
	severity: 'block' | 'warning';
	message: string;
}

/** Asks both clusters what kdr may do there, and compares it with what the steps would write. Nothing is tried. */
export async function missingGrants(
	{ mode, steps }: { mode: Move['mode']; steps: readonly RunStep[] },
	io: StepIo,
	ctx: Pick<StepContext, 'link' | 'fromAlive'>,
): Promise<MissingGrant[]> {
	// A failover takes the lock on the side it leaves only if it can.
	const locks = [journalOn('to'), ...(mode === 'failover' ? [] : [journalOn('from')])];
	const wanted = [
		...locks.map((grant) => ({ grant, step: undefined })),
		...steps.flatMap(({ id, kind, params }) =>
			(grants[kind]?.(ctx.link, params) ?? []).map((grant) => ({ grant, step: id })),
		),
	];
	const asked = wanted.filter(({ grant }) => grant.side === 'to' || ctx.fromAlive);
	const answers = new Map<string, Promise<Map<string, Allowed>>>();
	const found = await Promise.all(
		asked.map(async ({ grant, step }) => {
			const key = JSON.stringify([grant.side, grant.on]);
			const side = io[grant.side];
			const answer = answers.get(key) ?? ask(side, grant.on, ctx.link);
			answers.set(key, answer);
			return judge(grant, side.alias, await answer.catch(asKdrError)).map((one) => ({
				...one,
				...(step !== undefined && { step }),
			}));
		}),
	);
	return found.flat();
}

async function ask(side: Side, on: Grant['on'], link: LinkConfig): Promise<Map<string, Allowed>> {
	if (on === 'cluster') return new Map([['the cluster', await side.permissions.cluster()]]);
	if (on === 'groups') return side.permissions.groups((await scopeGroups(side, link)).map(({ id }) => id));
	if (on === 'memory') return side.permissions.topics(memoryOf(side, link));
	// One that is not there is made when it is needed, and whether it may be is only known then.
	if (typeof on === 'object') return side.permissions.topics([on.topic]);
	if (on === 'to-be-made' && (await side.permissions.cluster())?.has('create')) return new Map();
	return side.permissions.topics((await scopeTopics(side, link)).map(({ name }) => name));
}

function memoryOf({ alias }: Side, link: LinkConfig): string[] {
	return link.clusters
		.filter((other) => other !== alias)
		.flatMap((other) => {
			const { checkpoints, syncs } = mirrorNames(link.mirror, other, alias);
			return [checkpoints, syncs.target];
		});
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
						? { severity: 'warning' as const, message: `${denied}: the step could not wholly be taken back` }
						: { severity: 'block' as const, message: `${denied} (KDR_NOT_PERMITTED)` },
				]
			: []),
		...(untold.length > 0
			? [{ severity: 'warning' as const, message: `whether kdr may ${doing} ${list(untold)} on ${alias} is unknown` }]
			: []),
	];
}
