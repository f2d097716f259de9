import { KdrError } from '../../domain/errors/kdr-error.ts';

/**
 * The outcome of one request, as far as its failure shows it.
 * - `throttled`, `busy`: answered and not done; ask again later
 * - `unreachable`: never sent
 * - `lost`: sent, no usable answer: it may have been done
 * - `batch-refused`: the batch as a whole was refused, nothing of it done
 * - `denied`, `no-credentials`, `no-zone`, `no-change`, `refused`: answered, not done, and repeating it would not help
 */
export interface Failure {
	kind:
		| 'throttled'
		| 'busy'
		| 'unreachable'
		| 'lost'
		| 'batch-refused'
		| 'denied'
		| 'no-credentials'
		| 'no-zone'
		| 'no-change'
		| 'refused';
	/** The provider's or the network's own words. */
	text: string;
	cause: unknown;
}

interface SdkError {
	name: string;
	message: string;
	code?: string;
	syscall?: string;
	messages?: string[];
	/** The older `<InvalidChangeBatch>` root form keeps its text here and leaves `name` Unknown. */
	Messages?: { Message?: string | string[] };
	$metadata?: { httpStatusCode?: number };
	errors?: unknown[];
}

/** System calls that come before anything is sent. */
const beforeSending = new Set(['connect', 'getaddrinfo']);
const denials = new Set([
	'AccessDenied',
	'AccessDeniedException',
	'ExpiredToken',
	'ExpiredTokenException',
	'InvalidClientTokenId',
	'UnrecognizedClientException',
	'SignatureDoesNotMatch',
	'MissingAuthenticationToken',
	'IncompleteSignature',
	'InvalidAccessKeyId',
	'OptInRequired',
	'NotAuthorizedException',
	'RequestExpired',
]);
const throttles = new Set([
	'Throttling',
	'ThrottlingException',
	'TooManyRequestsException',
	'RequestLimitExceeded',
	'SlowDown',
]);

export function classify(thrown: unknown): Failure {
	const error = asSdkError(thrown);
	return { kind: kindOf(error), text: textOf(error), cause: thrown };
}

function kindOf(error: SdkError): Failure['kind'] {
	const status = error.$metadata?.httpStatusCode;
	if (error.Messages !== undefined || error.name === 'InvalidChangeBatch') return 'batch-refused';
	if (error.name === 'CredentialsProviderError') return 'no-credentials';
	if (throttles.has(error.name) || status === 429) return 'throttled';
	if (error.name === 'PriorRequestNotComplete') return 'busy';
	if (error.name === 'NoSuchHostedZone') return 'no-zone';
	if (error.name === 'NoSuchChange') return 'no-change';
	if (denials.has(error.name) || status === 401 || status === 403) return 'denied';
	if (status !== undefined && status >= 400 && status < 500 && status !== 408) return 'refused';
	return neverSent(error) ? 'unreachable' : 'lost';
}

function neverSent(error: SdkError): boolean {
	if (error.syscall !== undefined && beforeSending.has(error.syscall)) return true;
	// The SDK's handler names all its timeouts TimeoutError; only the one of the connection says so in its text.
	if (error.name === 'TimeoutError' && error.message.includes('did not establish a connection')) return true;
	return (
		error.errors !== undefined && error.errors.length > 0 && error.errors.every((inner) => neverSent(asSdkError(inner)))
	);
}

function textOf(error: SdkError): string {
	const older = error.Messages?.Message;
	const lines = older === undefined ? (error.messages ?? []) : [older].flat();
	if (lines.length > 0) return lines.join(' ');
	return error.message === '' || error.message === 'UnknownError' ? (error.code ?? error.name) : error.message;
}

function asSdkError(thrown: unknown): SdkError {
	return thrown instanceof Error ? (thrown as Error & SdkError) : { name: 'Error', message: String(thrown) };
}

const hints: Partial<Record<Failure['kind'], string>> = {
	denied:
		'kdr needs route53:ListResourceRecordSets, ChangeResourceRecordSets and GetChange on the zone; to see whose key it is: aws sts get-caller-identity',
	'no-credentials':
		'name them in kdr.yaml (links.<link>.dns.credentials), or set AWS_PROFILE or AWS_ACCESS_KEY_ID as for the AWS tools',
	'no-zone': 'links.<link>.dns.zone is the id of the hosted zone (Z…): aws route53 list-hosted-zones',
	unreachable: 'Route 53 takes changes in us-east-1 only; if that region stays down, change the record by hand',
};

/** The failure as kdr's error; `doing` completes "Route 53 … ", e.g. `reading kafka.example.com. A in zone Z1`. */
export function failureError(failure: Failure, doing: string): KdrError {
	const hint = hints[failure.kind];
	const facts = {
		...(hint === undefined ? {} : { hint }),
		details: { provider: 'route53', said: failure.text },
		cause: failure.cause,
	};
	switch (failure.kind) {
		case 'denied':
			return new KdrError('KDR_DNS_DENIED', `Route 53 refused the credentials for ${doing}: ${failure.text}`, facts);
		case 'no-credentials':
			return new KdrError('KDR_DNS_DENIED', `No AWS credentials were found for ${doing}.`, facts);
		case 'batch-refused':
		case 'refused':
			return new KdrError('KDR_DNS_DENIED', `Route 53 refused ${doing}: ${failure.text}`, facts);
		case 'no-zone':
			return new KdrError('KDR_DNS_ZONE_MISSING', `Route 53 has no such zone: ${doing}: ${failure.text}`, facts);
		case 'no-change':
			return new KdrError(
				'KDR_DNS_NOT_IN_SYNC',
				`Route 53 does not know that change: ${doing}: ${failure.text}`,
				facts,
			);
		case 'throttled':
		case 'busy':
			return new KdrError(
				'KDR_DNS_UNREACHABLE',
				`Route 53 throttled every try until the deadline: ${doing}: ${failure.text}`,
				facts,
			);
		case 'unreachable':
		case 'lost':
			return new KdrError('KDR_DNS_UNREACHABLE', `Route 53 did not answer: ${doing}: ${failure.text}`, facts);
	}
}
