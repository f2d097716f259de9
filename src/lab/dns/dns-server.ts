import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { createServer, isIPv6, type Socket } from 'node:net';
import packet from 'dns-packet';
import { answerTo, truncated } from './answer.ts';
import type { Snapshot } from './zone.ts';

export interface DnsServer {
	host: string;
	port: number;
	close(): Promise<void>;
}

/** Largest answer in a datagram without EDNS (RFC 1035 §4.2.1), bytes. */
const plainUdp = 512;

/** One authoritative name server on UDP and TCP at the same port. `zone` gives what it knows of the zone at the moment. */
export async function startDnsServer(host: string, port: number, zone: () => Snapshot): Promise<DnsServer> {
	const open = new Set<Socket>();
	const tcp = createServer((socket) => {
		open.add(socket);
		socket.on('close', () => open.delete(socket));
		serveTcp(socket, zone);
	});
	tcp.listen(port, host);
	await once(tcp, 'listening');
	const address = tcp.address();
	const bound = typeof address === 'object' && address !== null ? address.port : port;
	const udp = createSocket(isIPv6(host) ? 'udp6' : 'udp4');
	udp.on('message', (message, peer) => {
		const response = respond(message, zone(), 'udp');
		if (response !== null) udp.send(response, peer.port, peer.address);
	});
	try {
		udp.bind(bound, host);
		await once(udp, 'listening');
	} catch (error) {
		tcp.close();
		throw error;
	}
	return { host, port: bound, close: () => close() };

	async function close(): Promise<void> {
		udp.close();
		tcp.close();
		for (const socket of open) socket.destroy();
		await once(tcp, 'close');
	}
}

function serveTcp(socket: Socket, zone: () => Snapshot): void {
	let pending: Buffer = Buffer.alloc(0);
	socket.setTimeout(10_000, () => socket.destroy());
	socket.on('error', () => socket.destroy());
	socket.on('data', (chunk) => {
		pending = Buffer.concat([pending, chunk]);
		while (pending.length >= 2 && pending.length >= 2 + pending.readUInt16BE(0)) {
			const end = 2 + pending.readUInt16BE(0);
			const response = respond(pending.subarray(2, end), zone(), 'tcp');
			pending = pending.subarray(end);
			if (response === null) return void socket.destroy();
			const length = Buffer.alloc(2);
			length.writeUInt16BE(response.length);
			socket.write(Buffer.concat([length, response]));
		}
	});
}

/** null for what is no DNS query: it gets no answer, so that two servers never answer each other without end. */
function respond(message: Buffer, zone: Snapshot, transport: 'udp' | 'tcp'): Buffer | null {
	try {
		const query = packet.decode(message);
		if (query.type !== 'query') return null;
		const answer = answerTo(query, zone);
		const whole = packet.encode(answer);
		return transport === 'tcp' || whole.length <= roomIn(query) ? whole : packet.encode(truncated(answer));
	} catch {
		return null;
	}
}

function roomIn(query: packet.DecodedPacket): number {
	const opt = query.additionals?.find((additional) => additional.type === 'OPT');
	return Math.max(plainUdp, Math.min(1232, opt?.type === 'OPT' ? opt.udpPayloadSize : plainUdp));
}
