import { randomInt } from 'node:crypto';
import { createSocket } from 'node:dgram';
import { connect, isIP, isIPv6 } from 'node:net';
import packet, { type DecodedPacket, type RecordType } from 'dns-packet';

export interface ServerAddress {
	/** An IP address, never a name. */
	host: string;
	port: number;
}

/** A response; `rcode` in DNS's own words (NOERROR, NXDOMAIN, SERVFAIL …). */
export type DnsResponse = DecodedPacket & { rcode: string };

export interface QueryOptions {
	/** Per try, ms (default 800). */
	timeoutMs?: number;
	/** Default 2. */
	tries?: number;
	signal?: AbortSignal | undefined;
}

/** `127.0.0.1:53`, `[::1]:53` or an address alone (port 53). Throws TypeError on anything else: a name is no server address. */
export function parseServer(text: string): ServerAddress {
	const match = /^\[(?<six>[^\]]+)\](?::(?<sixPort>\d+))?$|^(?<four>[\d.]+)(?::(?<fourPort>\d+))?$/.exec(text);
	const host = match?.groups?.six ?? match?.groups?.four ?? text;
	const port = Number(match?.groups?.sixPort ?? match?.groups?.fourPort ?? 53);
	if (isIP(host) === 0 || port < 1 || port > 65_535)
		throw new TypeError(`not an address:port of a DNS server: ${text}`);
	return { host, port };
}

export const formatServer = (server: ServerAddress): string =>
	isIPv6(server.host) ? `[${server.host}]:${server.port}` : `${server.host}:${server.port}`;

/**
 * Asks one server one question: UDP, then TCP when the answer was truncated (RFC 1035 §4.2, RFC 7766). No recursion is asked for.
 * Any response code is an answer; throws Error (`no answer within 800 ms`, `connect ECONNREFUSED …`) after the last try.
 */
export async function query(
	server: ServerAddress,
	name: string,
	type: RecordType,
	options: QueryOptions = {},
): Promise<DnsResponse> {
	const tries = options.tries ?? 2;
	let last: unknown;
	for (let attempt = 0; attempt < tries; attempt++) {
		options.signal?.throwIfAborted();
		try {
			return await askOnce(server, name, type, options.timeoutMs ?? 800, options.signal);
		} catch (error) {
			options.signal?.throwIfAborted();
			last = error;
		}
	}
	throw last;
}

async function askOnce(server: ServerAddress, name: string, type: RecordType, timeoutMs: number, signal?: AbortSignal) {
	const id = randomInt(65_536);
	const question = packet.encode({
		type: 'query',
		id,
		flags: 0,
		questions: [{ name: name.replace(/\.$/, ''), type, class: 'IN' }],
	});
	const response = await askUdp(server, question, deadline(timeoutMs, signal), timeoutMs);
	return response.flag_tc ? askTcp(server, question, deadline(timeoutMs, signal), timeoutMs) : response;
}

const deadline = (timeoutMs: number, signal?: AbortSignal): AbortSignal =>
	signal === undefined ? AbortSignal.timeout(timeoutMs) : AbortSignal.any([signal, AbortSignal.timeout(timeoutMs)]);

const silence = (timeoutMs: number): Error => new Error(`no answer within ${timeoutMs} ms`);

function askUdp(server: ServerAddress, question: Buffer, signal: AbortSignal, timeoutMs: number): Promise<DnsResponse> {
	const { promise, resolve, reject } = Promise.withResolvers<DnsResponse>();
	const socket = createSocket(isIPv6(server.host) ? 'udp6' : 'udp4');
	signal.addEventListener('abort', () => reject(silence(timeoutMs)), { once: true });
	socket.on('error', reject);
	socket.on('message', (message) => {
		const response = answerTo(question, message);
		if (response !== null) resolve(response);
	});
	// Connected, so that only this server's datagrams arrive, and a closed port is an error at once.
	socket.on('connect', () => socket.send(question));
	socket.connect(server.port, server.host);
	return promise.finally(() => socket.close());
}

function askTcp(server: ServerAddress, question: Buffer, signal: AbortSignal, timeoutMs: number): Promise<DnsResponse> {
	const { promise, resolve, reject } = Promise.withResolvers<DnsResponse>();
	const socket = connect(server.port, server.host);
	const chunks: Buffer[] = [];
	signal.addEventListener('abort', () => reject(silence(timeoutMs)), { once: true });
	socket.on('error', reject);
	socket.on('close', () => reject(new Error('the server closed the connection without an answer')));
	socket.on('connect', () => socket.write(framed(question)));
	socket.on('data', (chunk) => {
		chunks.push(chunk);
		const received = Buffer.concat(chunks);
		if (received.length < 2 || received.length < 2 + received.readUInt16BE(0)) return;
		const response = answerTo(question, received.subarray(2, 2 + received.readUInt16BE(0)));
		if (response === null) reject(new Error('the server answered something else than was asked'));
		else resolve(response);
	});
	return promise.finally(() => socket.destroy());
}

/** A message as TCP carries it: two bytes of length first. */
function framed(message: Buffer): Buffer {
	const length = Buffer.alloc(2);
	length.writeUInt16BE(message.length);
	return Buffer.concat([length, message]);
}

/** null when the message is no response to the question (late answer to an earlier one, noise, forgery). */
function answerTo(question: Buffer, message: Buffer): DnsResponse | null {
	try {
		const response = packet.decode(message) as DnsResponse;
		const asked = packet.decode(question);
		const mine = response.type === 'response' && response.id === asked.id && sameQuestion(asked, response);
		return mine ? response : null;
	} catch {
		return null;
	}
}

function sameQuestion(asked: DecodedPacket, response: DecodedPacket): boolean {
	const a = asked.questions?.[0];
	const b = response.questions?.[0];
	return a !== undefined && b !== undefined && a.type === b.type && a.name.toLowerCase() === b.name.toLowerCase();
}
