import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { buffer } from 'node:stream/consumers';
import { z } from 'zod';
import type { FaultScript } from './faults.ts';
import { type Fault, faultSchema, type LabDnsSettings, type Operation } from './options.ts';
import { type Answer, perform, refusal, route } from './route53-operations.ts';
import { checkSignature } from './sigv4.ts';
import type { LabZone } from './zone.ts';

/** A request the endpoint got, for tests that count them. */
export interface SeenRequest {
	operation: Operation;
	/** Body of a ChangeResourceRecordSets request; empty for reads. */
	body: string;
}

export interface Route53Server {
	port: number;
	/** The last 1,000 requests, oldest first. */
	seen: SeenRequest[];
	close(): Promise<void>;
}

interface Parts {
	settings: LabDnsSettings;
	zone: LabZone;
	faults: FaultScript;
	seen: SeenRequest[];
}

/**
 * Route 53's REST API (2013-04-01) over plain HTTP, five operations of it. Beside them a control path of the lab's own:
 * GET, POST (a list of faults) and DELETE `/lab/faults`.
 */
export async function startRoute53Server(parts: Omit<Parts, 'seen'>): Promise<Route53Server> {
	const seen: SeenRequest[] = [];
	const server = createServer((request, response) => {
		serve({ ...parts, seen }, request, response).catch(() => request.socket.destroy());
	});
	server.listen(parts.settings.listen.port, parts.settings.listen.host);
	await once(server, 'listening');
	const address = server.address();
	return {
		port: typeof address === 'object' && address !== null ? address.port : parts.settings.listen.port,
		seen,
		async close() {
			server.close();
			server.closeAllConnections();
			await once(server, 'close');
		},
	};
}

async function serve(parts: Parts, request: IncomingMessage, response: ServerResponse): Promise<void> {
	const body = await buffer(request);
	const { pathname, searchParams: query } = new URL(request.url ?? '/', 'http://emulator');
	if (pathname === '/lab/faults') return control(parts.faults, request.method ?? '', body, response);
	const target = route(request.method ?? '', pathname);
	if (target === null)
		return send(response, refusal(404, 'UnknownOperationException', 'This emulator has no such operation'));
	parts.seen.push({ operation: target.operation, body: body.toString() });
	if (parts.seen.length > 1000) parts.seen.shift();
	const denial = checkSignature(request, body, parts.settings.credentials);
	if (denial !== null) return send(response, refusal(denial.status, denial.code, denial.message));
	const fault = parts.faults.take(target.operation);
	const instead = fault === null ? null : insteadOfDoing(fault);
	if (instead === 'reset') return void request.socket.resetAndDestroy();
	if (instead === 'hang') return;
	if (instead !== null) return send(response, instead);
	const answer = perform(
		{ ...target, query, body, pendingForever: fault?.kind === 'pending-forever' },
		parts.zone,
		parts.settings,
	);
	if (fault?.kind === 'reset-after') return void request.socket.resetAndDestroy();
	if (fault?.kind === 'hang-after') return;
	send(response, answer);
}

/** What happens in place of the operation; null when the operation is carried out. */
function insteadOfDoing(fault: Fault): Answer | 'reset' | 'hang' | null {
	switch (fault.kind) {
		case 'throttle':
			return refusal(400, 'Throttling', 'Rate exceeded');
		case 'status':
			return refusal(
				fault.status,
				fault.status === 503 ? 'ServiceUnavailable' : 'InternalFailure',
				'The request could not be processed',
			);
		case 'refuse':
			return refusal(fault.status, fault.code, fault.message);
		case 'reset-before':
			return 'reset';
		case 'hang-before':
			return 'hang';
		default:
			return null;
	}
}

function control(faults: FaultScript, method: string, body: Buffer, response: ServerResponse): void {
	const added = method === 'POST' ? z.array(faultSchema).safeParse(jsonOf(body)) : null;
	if (added?.error !== undefined) {
		send(response, { status: 400, body: z.prettifyError(added.error) }, 'text/plain');
		return;
	}
	if (added !== null) faults.add(added.data);
	if (method === 'DELETE') faults.clear();
	send(response, { status: 200, body: JSON.stringify(faults.list()) }, 'application/json');
}

function jsonOf(body: Buffer): unknown {
	try {
		return JSON.parse(body.toString());
	} catch {
		return undefined;
	}
}

function send(response: ServerResponse, answer: Answer, type = 'text/xml'): void {
	response.writeHead(answer.status, {
		server: 'kdr-lab-route53-emulator',
		'content-type': type,
		'x-amzn-requestid': randomUUID(),
	});
	response.end(answer.body);
}
