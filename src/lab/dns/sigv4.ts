import { createHash, createHmac, timingSafeEqual } from 'node:crypto';
import type { IncomingMessage } from 'node:http';

/** What AWS answers when a request is not signed as it must be. */
export interface Denial {
	status: number;
	code: string;
	message: string;
}

export interface Credentials {
	accessKeyId: string;
	secretAccessKey: string;
}

const authorization =
	/^AWS4-HMAC-SHA256 Credential=([^/,]+)\/(\d{8})\/([^/]+)\/([^/]+)\/aws4_request, ?SignedHeaders=([^,]+), ?Signature=([0-9a-f]{64})$/;
const denial = (status: number, code: string, message: string): Denial => ({ status, code, message });

/** null when the request carries a right AWS Signature Version 4 made with these credentials. */
export function checkSignature(request: IncomingMessage, body: Buffer, credentials: Credentials): Denial | null {
	const header = request.headers.authorization;
	if (header === undefined) return denial(403, 'MissingAuthenticationToken', 'Missing Authentication Token');
	const match = authorization.exec(header);
	if (match === null)
		return denial(403, 'IncompleteSignature', 'The request signature does not conform to AWS standards.');
	const [, accessKeyId = '', day = '', region = '', service = '', signedHeaders = '', signature = ''] = match;
	if (accessKeyId !== credentials.accessKeyId) {
		return denial(403, 'InvalidClientTokenId', 'The security token included in the request is invalid.');
	}
	const time = String(request.headers['x-amz-date'] ?? '');
	const scope = `${day}/${region}/${service}/aws4_request`;
	const toSign = ['AWS4-HMAC-SHA256', time, scope, sha256(canonical(request, body, signedHeaders))].join('\n');
	const key = [day, region, service, 'aws4_request'].reduce<Buffer>(
		hmac,
		Buffer.from(`AWS4${credentials.secretAccessKey}`),
	);
	if (timingSafeEqual(hmac(key, toSign), Buffer.from(signature, 'hex'))) return null;
	return denial(
		403,
		'SignatureDoesNotMatch',
		'The request signature we calculated does not match the signature you provided.',
	);
}

const sha256 = (data: string | Buffer): string => createHash('sha256').update(data).digest('hex');
const hmac = (key: Buffer, data: string): Buffer => createHmac('sha256', key).update(data).digest();

function canonical(request: IncomingMessage, body: Buffer, signedHeaders: string): string {
	const url = new URL(request.url ?? '/', 'http://emulator');
	const query = [...url.searchParams].map(([name, value]) => `${encode(name)}=${encode(value)}`).sort();
	const headers = signedHeaders.split(';').map((name) => `${name}:${String(request.headers[name] ?? '').trim()}\n`);
	return [request.method, url.pathname, query.join('&'), headers.join(''), signedHeaders, sha256(body)].join('\n');
}

const encode = (text: string): string =>
	encodeURIComponent(text).replace(/[!'()*]/g, (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`);
