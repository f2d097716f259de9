import type { Move } from '../run/events.ts';
import type { LossClaim } from './claims.ts';
import type { Report } from './report.ts';
import type { Duration } from './times.ts';

/** A run in one line: what an auditor asks for. */
export interface HistoryRow {
	run: string;
	move: Move;
	command: string;
	/** Everybody who worked on it, `user@host`. */
	by: string[];
	/** ISO 8601, UTC. */
	startedAt: string;
	endedAt: string | null;
	result: Report['result'];
	exit: number | null;
	/** How long clients were without service. */
	rto: Duration;
	loss: LossClaim;
	/** The run that it undoes. */
	undoes: string | null;
	overrides: Report['overrides'];
}

export function historyRow(report: Report): HistoryRow {
	const { run, move, command, startedAt, endedAt, result, exit, rto, loss, undoes, overrides } = report;
	const by = [report.startedBy, ...report.resumed.map(({ operator }) => operator)].map(
		({ user, host }) => `${user}@${host}`,
	);
	return { run, move, command, by: [...new Set(by)], startedAt, endedAt, result, exit, rto, loss, undoes, overrides };
}
