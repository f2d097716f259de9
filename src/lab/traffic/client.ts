import { type LabState, labAliases } from '../estate.ts';
import { LedgerFile } from './ledger-file.ts';
import type { Manner } from './roster.ts';
import type { ClientStatus } from './status.ts';
import { pause } from './waits.ts';

/** What all clients of the traffic share. */
export interface TrafficContext {
	state: LabState;
	/** Password of `app`. */
	password: string;
	/** Producers stop, groups drain at full speed. */
	draining: AbortSignal;
	log(line: string): void;
}

/** The record was refused for good; starting again at once would only be refused again. */
export class Denied extends Error {}

/** A session that lasted so long was a good one: the next failure is a first one again. */
const longSessionMs = 5_000;

/** Doubles from half a second to three, with jitter: clients that start over all at once would keep a small broker busy with nothing else. */
const backoffMs = (failures: number): number => Math.min(3_000, 250 * 2 ** failures) * (0.75 + Math.random() / 2);

const hastyMs = 100;

/**
 * One application: works in sessions, each from a bootstrap by name to the first lasting error, and starts again
 * after each until `stop`.
 */
export abstract class Client {
	readonly status: ClientStatus;
	protected readonly ctx: TrafficContext;
	protected readonly file: LedgerFile;

	protected readonly manner: Manner | undefined;

	constructor(
		ctx: TrafficContext,
		who: Pick<ClientStatus, 'client' | 'role'> & { group?: string; topics: string[]; manner?: Manner | undefined },
	) {
		const { topics, manner, ...name } = who;
		this.ctx = ctx;
		this.manner = manner;
		this.status = {
			...name,
			side: null,
			sent: 0,
			acked: 0,
			failed: 0,
			unknown: 0,
			processed: 0,
			restarts: 0,
			lastError: null,
		};
		this.file = new LedgerFile(ctx.state.dir, { ...name, topics });
	}

	/** From connecting to `stop` or to an error, which is thrown. Leaves nothing connected. */
	protected abstract session(stop: AbortSignal): Promise<void>;

	async run(stop: AbortSignal): Promise<void> {
		let failures = 0;
		while (!stop.aborted) {
			const begin = performance.now();
			try {
				await this.session(stop);
			} catch (error) {
				this.#failed(error);
				failures = performance.now() - begin > longSessionMs ? 0 : failures + 1;
				await pause(this.manner === 'hasty' ? hastyMs : backoffMs(failures), stop);
			} finally {
				this.status.side = null;
				this.file.flush();
			}
		}
		this.file.close();
	}

	#failed(error: unknown): void {
		this.status.restarts++;
		this.status.lastError = error instanceof Error ? error.message : String(error);
		this.ctx.log(`${this.status.client}: starts again: ${this.status.lastError}`);
	}

	/** Notes the cluster this session is connected to. */
	protected connected(cluster: string): void {
		const { sides } = this.ctx.state;
		this.status.side = labAliases.find((alias) => sides[alias].clusterId === cluster) ?? null;
		this.file.add({ e: 'session', cluster });
		this.file.flush();
		this.ctx.log(`${this.status.client}: connected to ${this.status.side ?? cluster}`);
	}
}
