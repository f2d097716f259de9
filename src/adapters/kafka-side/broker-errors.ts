import type { ErrorCode } from '../../domain/errors/codes.ts';
import { KdrError } from '../../domain/errors/kdr-error.ts';

/** Which cluster an error is about: part of every message. */
export interface ClusterAddress {
	alias: string;
	bootstrap: readonly string[];
}

const place = (where: ClusterAddress): string => `${where.alias} (${where.bootstrap.join(', ')})`;

/** A broker's error name (Kafka's `Errors` enum) as an error of ours; `doing` completes "could not …". */
export function brokerError(name: string, where: ClusterAddress, doing: string, cause?: unknown): KdrError {
	const code = codeFor(name);
	const hint = hintFor(code, name);
	return new KdrError(code, `${place(where)}: could not ${doing}: ${name}`, {
		...(hint === undefined ? {} : { hint }),
		details: { cluster: where.alias, error: name },
		...(cause === undefined ? {} : { cause }),
	});
}

function codeFor(name: string): ErrorCode {
	if (name.endsWith('_AUTHORIZATION_FAILED')) return 'KDR_NOT_PERMITTED';
	switch (name) {
		case 'SASL_AUTHENTICATION_FAILED':
		case 'UNSUPPORTED_SASL_MECHANISM':
			return 'KDR_AUTH_FAILED';
		case 'UNKNOWN_TOPIC_OR_PARTITION':
		case 'UNKNOWN_TOPIC_ID':
			return 'KDR_TOPIC_MISSING';
		case 'UNKNOWN_MEMBER_ID':
		case 'ILLEGAL_GENERATION':
		case 'REBALANCE_IN_PROGRESS':
		case 'NON_EMPTY_GROUP':
		case 'GROUP_SUBSCRIBED_TO_TOPIC':
		case 'STALE_MEMBER_EPOCH':
		case 'FENCED_MEMBER_EPOCH':
			return 'KDR_GROUP_ACTIVE';
		case 'REQUEST_TIMED_OUT':
			return 'KDR_TIMEOUT';
		default:
			return 'KDR_KAFKA_ERROR';
	}
}

function hintFor(code: ErrorCode, name: string): string | undefined {
	if (code === 'KDR_NOT_PERMITTED') return 'give the user kdr runs as the permissions listed in docs/permissions.md';
	if (code === 'KDR_GROUP_ACTIVE') return 'stop the members of the group on this cluster, or leave the group out';
	if (name === 'SECURITY_DISABLED') return 'the cluster has no authorizer: an ACL fence cannot work there';
	return undefined;
}

export function authFailed(where: ClusterAddress, doing: string, cause?: unknown): KdrError {
	return new KdrError('KDR_AUTH_FAILED', `${place(where)}: could not ${doing}: the brokers refused the user name or password`, {
		hint: 'check sasl.username, sasl.mechanism and the password reference of the cluster in kdr.yaml',
		details: { cluster: where.alias },
		cause,
	});
}

export function unreachable(where: ClusterAddress, doing: string, cause?: unknown): KdrError {
	return new KdrError('KDR_CLUSTER_UNREACHABLE', `${place(where)}: could not ${doing}: no broker can be reached${reason(cause)}`, {
		hint: 'check bootstrap and tls of the cluster in kdr.yaml, and that a broker listens there',
		details: { cluster: where.alias },
		cause,
	});
}

export function timedOut(where: ClusterAddress, doing: string, ms: number, cause?: unknown): KdrError {
	return new KdrError('KDR_TIMEOUT', `${place(where)}: could not ${doing}: no answer within ${ms} ms`, {
		hint: 'the broker takes connections but does not answer: it may be frozen, overloaded or cut off half-way',
		details: { cluster: where.alias, deadlineMs: ms },
		cause,
	});
}

/** The write was sent and no answer came: it may have happened. */
export function outcomeUnknown(where: ClusterAddress, doing: string, cause?: unknown): KdrError {
	return new KdrError('KDR_OUTCOME_UNKNOWN', `${place(where)}: no answer to: ${doing}; it may or may not have happened`, {
		hint: 'read the state back before going on',
		details: { cluster: where.alias },
		worldMayHaveChanged: true,
		cause,
	});
}

/** System error code (ECONNREFUSED …) somewhere in the chain of causes. */
function reason(cause: unknown): string {
	for (const link of errorChain(cause)) {
		const code = (link as { code?: unknown }).code;
		if (typeof code === 'string' && /^(E[A-Z]+|CERT_|ERR_TLS|ERR_SSL|DEPTH_|SELF_|UNABLE_)/.test(code)) return ` (${code})`;
	}
	return '';
}

/** An error, its causes and its collected errors, outermost first; bounded against cycles. */
export function errorChain(thrown: unknown): Error[] {
	const chain: Error[] = [];
	const open: unknown[] = [thrown];
	while (open.length > 0 && chain.length < 32) {
		const next = open.shift();
		if (!(next instanceof Error) || chain.includes(next)) continue;
		chain.push(next);
		open.push(next.cause);
		if (next instanceof AggregateError) open.push(...next.errors);
	}
	return chain;
}
