import type { LabAlias } from './estate.ts';

/** Slices of 127.0.0.0/8 a lab can have: 127.40.x.y to 127.254.x.y. */
export const maxSlices = 215;

/** Ports are the same on every address: a flipped DNS record moves a client as it would between regions. */
export const ports = {
	client: 9092,
	internal: 9093,
	controller: 9094,
	zookeeper: 2181,
	connect: 8083,
	route53: 4566,
	dns: 5300,
} as const;

export interface Endpoint {
	host: string;
	port: number;
}

const net = { east: 1, west: 2 } as const satisfies Record<LabAlias, number>;

/** Address of broker `id` (1, 2, …) of a side; its Connect worker shares the address of broker 1. */
export const brokerHost = (index: number, alias: LabAlias, id: number): string =>
	`127.${40 + index}.${net[alias]}.${id}`;
export const connectHost = (index: number, alias: LabAlias): string => brokerHost(index, alias, 1);
/** Addresses of the two name servers; the first also serves the Route 53 endpoint. */
export const dnsHosts = (index: number): [string, string] => [`127.${40 + index}.0.1`, `127.${40 + index}.0.2`];

export function brokerPorts(host: string): Endpoint[] {
	return [ports.client, ports.internal, ports.controller].map((port) => ({ host, port }));
}

export function dnsEndpoints(index: number): Endpoint[] {
	const [first, second] = dnsHosts(index);
	return [
		{ host: first, port: ports.route53 },
		{ host: first, port: ports.dns },
		{ host: second, port: ports.dns },
	];
}

export const text = ({ host, port }: Endpoint): string => `${host}:${port}`;
