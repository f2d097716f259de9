import type { AddressInfo } from 'node:net';
import { connect, createServer, type Server, type Socket } from 'node:net';

/** TCP proxies in front of addresses, each of which adds half of a round trip's time on either way. */
export interface Far {
	/** `host:port=host:port …`: the address to connect to for each address. */
	map: string;
	close(): void;
}

/** `addresses`: `host:port`; `rttMs`: added to every round trip. */
export async function far(addresses: readonly string[], rttMs: number): Promise<Far> {
	const servers: Server[] = [];
	const sockets = new Set<Socket>();
	const pairs = await Promise.all(
		addresses.map(async (address) => {
			const at = address.lastIndexOf(':');
			const target = { host: address.slice(0, at), port: Number(address.slice(at + 1)) };
			const server = createServer((near) => {
				const there = connect(target);
				for (const socket of [near, there]) sockets.add(socket.setNoDelay(true));
				delay(near, there, rttMs);
				delay(there, near, rttMs);
			});
			servers.push(server);
			await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
			return `${address}=127.0.0.1:${(server.address() as AddressInfo).port}`;
		}),
	);
	return {
		map: pairs.join(' '),
		close: () => {
			for (const server of servers) server.close();
			for (const socket of sockets) socket.destroy();
		},
	};
}

/** Everything that comes in goes out half a round trip later, in order; before that the connection itself has taken a whole one. */
function delay(from: Socket, to: Socket, rttMs: number): void {
	const openAt = performance.now() + rttMs;
	const wait = (): number => Math.max(0, openAt - performance.now()) + rttMs / 2;
	from.on('data', (chunk) => setTimeout(() => to.writable && to.write(chunk), wait()));
	from.on('close', () => setTimeout(() => to.destroy(), wait()));
	from.on('error', () => {});
}
