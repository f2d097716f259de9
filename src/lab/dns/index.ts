import { isIPv6 } from 'node:net';
import { KdrError } from '../../domain/errors/kdr-error.ts';
import { type DnsServer, startDnsServer } from './dns-server.ts';
import { faultScript } from './faults.ts';
import { checkOptions, type FaultInput, type LabDnsOptions } from './options.ts';
import { type Route53Server, type SeenRequest, startRoute53Server } from './route53-server.ts';
import { createZone } from './zone.ts';

export type { LabDnsOptions } from './options.ts';

/** Said wherever the endpoint introduces itself. */
export const banner =
	"kdr lab: an emulator of Route 53 and its name servers on loopback; not Amazon's, nothing here reaches the internet";

export interface RunningDns {
	/** Endpoint for the AWS SDK. */
	route53Url: string;
	/** `address:port` of each name server, in the order of the options. */
	servers: string[];
	/** Requests the endpoint got so far. */
	seen: readonly SeenRequest[];
	/** How many batches were carried out. */
	changes(): number;
	/** Adds to the fault script. */
	fail(...faults: FaultInput[]): void;
	clearFaults(): void;
	close(): Promise<void>;
}

/**
 * The emulated Route 53 endpoint and the authoritative name servers of its one zone, state in memory. Throws KDR_LAB_START_FAILED
 * (options wrong, or an address that is not loopback) and KDR_LAB_PORT_TAKEN.
 */
export async function startDns(options: LabDnsOptions): Promise<RunningDns> {
	const settings = checkOptions(options);
	const zone = createZone(settings);
	const faults = faultScript(settings.faults);
	const running: (DnsServer | Route53Server)[] = [];
	const close = async (): Promise<void> => {
		await Promise.all(running.map((server) => server.close()));
	};
	try {
		const servers: string[] = [];
		for (const [index, { host, port }] of settings.servers.entries()) {
			const server = await startDnsServer(host, port, () => zone.snapshot(index));
			running.push(server);
			servers.push(addressText(host, server.port));
		}
		// Last, so that whoever gets an answer here finds the name servers up too.
		const endpoint = await startRoute53Server({ settings, zone, faults });
		running.push(endpoint);
		const route53Url = `http://${addressText(settings.listen.host, endpoint.port)}`;
		return {
			route53Url,
			servers,
			seen: endpoint.seen,
			changes: () => zone.changes(),
			fail: (...more) => faults.add(more),
			clearFaults: faults.clear,
			close,
		};
	} catch (error) {
		await close();
		throw startError(error);
	}
}

const addressText = (host: string, port: number): string => (isIPv6(host) ? `[${host}]:${port}` : `${host}:${port}`);

function startError(cause: unknown): unknown {
	const { code, address, port } = cause as NodeJS.ErrnoException & { address?: string; port?: number };
	if (code === 'EADDRINUSE') {
		const message = `The lab's DNS needs ${address}:${port}, and something else listens there.`;
		return new KdrError('KDR_LAB_PORT_TAKEN', message, {
			hint: `see who: ss -lntup 'sport = :${port}'`,
			details: { address, port },
			cause,
		});
	}
	if (code === 'EADDRNOTAVAIL') {
		const message = `The address ${address} is not on this machine's loopback interface.`;
		return new KdrError('KDR_LAB_START_FAILED', message, {
			hint: `on macOS: sudo ifconfig lo0 alias ${address} up`,
			cause,
		});
	}
	return cause;
}
