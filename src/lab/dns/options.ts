import { BlockList, isIPv6 } from 'node:net';
import { z } from 'zod';
import { normalizeName } from '../../domain/dns/record.ts';
import { KdrError } from '../../domain/errors/kdr-error.ts';

const loopback = new BlockList();
loopback.addSubnet('127.0.0.0', 8, 'ipv4');
loopback.addAddress('::1', 'ipv6');

const listen = z.strictObject({
	host: z
		.string()
		.refine(
			(host) => loopback.check(host, isIPv6(host) ? 'ipv6' : 'ipv4'),
			'must be a loopback address (127.0.0.0/8 or ::1)',
		),
	/** 0: any free port. */
	port: z.int().min(0).max(65_535),
});

const count = {
	/** How many requests it hits. */
	times: z.int().min(1).default(1),
	/** How many requests of the operation pass before. */
	after: z.int().min(0).default(0),
};
const operation = z.enum([
	'ChangeResourceRecordSets',
	'ListResourceRecordSets',
	'GetHostedZone',
	'ListHostedZones',
	'GetChange',
	'any',
]);

/** What goes wrong with the next `times` requests of an operation. */
export const faultSchema = z.discriminatedUnion('kind', [
	/** HTTP 400 Throttling; nothing done. */
	z.strictObject({ kind: z.literal('throttle'), operation, ...count }),
	/** HTTP 500 or 503; nothing done. */
	z.strictObject({ kind: z.literal('status'), operation, ...count, status: z.union([z.literal(500), z.literal(503)]) }),
	/** The connection is reset; nothing done. */
	z.strictObject({ kind: z.literal('reset-before'), operation, ...count }),
	/** Done, then the connection is reset instead of an answer. */
	z.strictObject({ kind: z.literal('reset-after'), operation, ...count }),
	/** Never answered; nothing done. */
	z.strictObject({ kind: z.literal('hang-before'), operation, ...count }),
	/** Done, never answered. */
	z.strictObject({ kind: z.literal('hang-after'), operation, ...count }),
	/** Refused with an error of this code, e.g. 403 ExpiredToken, 403 AccessDenied, 400 PriorRequestNotComplete. */
	z.strictObject({
		kind: z.literal('refuse'),
		operation,
		...count,
		status: z.int().min(400).max(499),
		code: z.string(),
		message: z.string(),
	}),
	/** The change is accepted and stays PENDING; it reaches the first name server only. */
	z.strictObject({ kind: z.literal('pending-forever'), operation: z.literal('ChangeResourceRecordSets'), ...count }),
]);

const record = z.strictObject({
	name: z.string().transform(normalizeName),
	type: z.enum(['A', 'AAAA', 'CNAME']),
	ttl: z.int().min(0),
	/** With `weight`: one of several variants of a weighted record. */
	setIdentifier: z.string().min(1).optional(),
	weight: z.int().min(0).max(255).optional(),
	values: z.array(z.string()).min(1),
});

const labDnsOptions = z.strictObject({
	/** The Route 53 endpoint. */
	listen,
	/** The authoritative name servers, UDP and TCP. */
	servers: z.array(listen).min(1),
	zone: z.strictObject({ id: z.string().regex(/^Z[A-Z0-9]+$/), name: z.string().transform(normalizeName) }),
	records: z.array(record),
	credentials: z.strictObject({ accessKeyId: z.string().min(1), secretAccessKey: z.string().min(1) }),
	/** From the acceptance of a change to INSYNC, ms; the name servers get it one after the other meanwhile. */
	propagationMs: z.int().min(0).default(0),
	/** Refuse changes with PriorRequestNotComplete while one is PENDING. */
	refuseWhilePending: z.boolean().default(false),
	/** Which of Route 53's two forms a refused batch has. */
	batchErrors: z.enum(['ErrorResponse', 'InvalidChangeBatch']).default('ErrorResponse'),
	faults: z.array(faultSchema).default([]),
});

export type LabDnsOptions = z.input<typeof labDnsOptions>;
export type LabDnsSettings = z.output<typeof labDnsOptions>;
export type Fault = z.output<typeof faultSchema>;
export type FaultInput = z.input<typeof faultSchema>;
export type Operation = Exclude<Fault['operation'], 'any'>;

/** Throws KDR_LAB_START_FAILED naming every problem. */
export function checkOptions(options: unknown): LabDnsSettings {
	const result = labDnsOptions.safeParse(options);
	if (result.success) return result.data;
	const problems = result.error.issues.map((issue) => `${issue.path.join('.')}: ${issue.message}`);
	throw new KdrError('KDR_LAB_START_FAILED', `The lab's DNS cannot start with these options: ${problems.join('; ')}`);
}
