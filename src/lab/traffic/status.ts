import { readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { LabAlias } from '../estate.ts';

/** What one client has done so far. */
export interface ClientStatus {
	client: string;
	role: 'producer' | 'consumer';
	group?: string;
	/** Side it is connected to; null while it is looking for one. */
	side: LabAlias | null;
	sent: number;
	acked: number;
	/** Definitely refused. */
	failed: number;
	/** No answer seen. */
	unknown: number;
	processed: number;
	/** How often it started again after an error, and the last one. */
	restarts: number;
	lastError: string | null;
}

export interface TrafficStatus {
	phase: 'running' | 'draining' | 'stopped';
	/** Since every client was active: how long producers ran, ms, and what they were acked; null before. */
	steady: { ms: number; acked: number } | null;
	clients: ClientStatus[];
	/** Groups which had not read everything when they were stopped. */
	undrained: string[];
}

export const trafficFolder = (labDir: string): string => join(labDir, 'traffic');
const statusFile = (labDir: string): string => join(trafficFolder(labDir), 'status.json');

export function writeStatus(labDir: string, status: TrafficStatus): void {
	const next = `${statusFile(labDir)}.next`;
	writeFileSync(next, JSON.stringify(status), { mode: 0o600 });
	renameSync(next, statusFile(labDir));
}

/** Null before the first is written. */
export function readStatus(labDir: string): TrafficStatus | null {
	try {
		return JSON.parse(readFileSync(statusFile(labDir), 'utf8'));
	} catch {
		return null;
	}
}

/** Every producer has been answered and every group has processed something. */
export function isUp({ clients }: Pick<TrafficStatus, 'clients'>): boolean {
	const groups = Map.groupBy(
		clients.filter(({ role }) => role === 'consumer'),
		({ group }) => group,
	);
	const producing = clients.every(({ role, acked }) => role === 'consumer' || acked > 0);
	return producing && [...groups.values()].every((members) => members.some(({ processed }) => processed > 0));
}
