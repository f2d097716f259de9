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
	return new KdrError(
		'KDR_AUTH_FAILED',
		`${place(where)}: could not ${doing}: the brokers refused the user name or password`,
		{
			hint: 'check sasl.username, sasl.mechanism and the password reference of the cluster in kdr.yaml',
			details: { cluster: where.alias },
			cause,
		},
	);
}

export function unreachable(where: ClusterAddress, doing: string, cause?: unknown): KdrError {
	// It does answer: whoever takes this for silence would take a cluster for dead whose clients write on.
	const mistrust = codesIn(cause).find((code) => /^(CERT_|ERR_TLS_CERT|DEPTH_|SELF_|UNABLE_)/.test(code));
	if (mistrust !== undefined) return notTrusted(where, doing, mistrust, cause);
	return new KdrError(
		'KDR_CLUSTER_UNREACHABLE',
		`${place(where)}: could not ${doing}: no broker can be reached${reason(cause)}`,
		{
			hint: 'check bootstrap and tls of the cluster in kdr.yaml, and that a broker listens there',
			details: { cluster: where.alias },
			cause,
		},
	);
}

function notTrusted(where: ClusterAddress, doing: string, code: string, cause: unknown): KdrError {
	const name = code === 'ERR_TLS_CERT_ALTNAME_INVALID';
	const why = name
		? 'is for another name'
		: code === 'CERT_HAS_EXPIRED'
			? 'has expired'
			: 'is not by an authority kdr trusts';
	return new KdrError(
		'KDR_TLS_FAILED',
		`${place(where)}: could not ${doing}: the certificate of the cluster ${why} (${code})`,
		{
			hint: name
				? 'tls.servername of the cluster in kdr.yaml is the name its certificate is for'
				: 'tls.ca of the cluster in kdr.yaml holds the authority that signed its certificates, PEM',
			details: { cluster: where.alias },
			cause,
		},
	);
}

export function timedOut(where: ClusterAddress, doing: string, ms: number, cause?: unknown): KdrError {
	return new KdrError('KDR_TIMEOUT', `${place(where)}: could not ${doing}: no answer within ${ms} ms`, {
		hint: 'the broker accepts connections and does not answer: it may be frozen, overloaded or partly disconnected',
		details: { cluster: where.alias, deadlineMs: ms },
		cause,
	});
}

/** The write was sent and no answer came: it may have happened. */
export function outcomeUnknown(where: ClusterAddress, doing: string, cause?: unknown): KdrError {
	return new KdrError(
		'KDR_OUTCOME_UNKNOWN',
		`${place(where)}: no answer to: ${doing}; it may or may not have happened`,
		{
			hint: 'read the state before you continue',
			details: { cluster: where.alias },
			worldMayHaveChanged: true,
			cause,
		},
	);
}

/** System error code (ECONNREFUSED …) somewhere in the chain of causes. */
function reason(cause: unknown): string {
	const known = codesIn(cause).find((code) => /^(E[A-Z]+|ERR_TLS|ERR_SSL)/.test(code));
	return known === undefined ? '' : ` (${known})`;
}

const codesIn = (cause: unknown): string[] =>
	errorChain(cause).flatMap((link) => ('code' in link && typeof link.code === 'string' ? [link.code] : []));

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
