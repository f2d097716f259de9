import type { KdrError } from '../domain/errors/kdr-error.ts';
import type { RunStep } from '../domain/run/events.ts';

export const outcomeUnknown = (error: KdrError): boolean =>
	error.worldMayHaveChanged || error.code === 'KDR_OUTCOME_UNKNOWN';

/** What a cluster, its Connect or a zone that is down, busy or out of reach answers: nothing. */
export const noAnswer: ReadonlySet<string> = new Set([
	'KDR_TIMEOUT',
	'KDR_CLUSTER_UNREACHABLE',
	'KDR_CONNECT_UNREACHABLE',
	'KDR_DNS_UNREACHABLE',
]);

/** Whether a step that undoes something must wait until the dead cluster answers again; the others are undone without it. */
export const isOwedUndo = ({ fromAlive }: { fromAlive: boolean }, { undoOf }: RunStep, error: KdrError): boolean =>
	!fromAlive && undoOf !== undefined && noAnswer.has(error.code) && !outcomeUnknown(error);
