import { KdrError } from '../../src/domain/errors/kdr-error.ts';
import type { FakeClock } from './clock.ts';

/** How a side is: `dead` refuses connections, `frozen` accepts them and never answers. */
export type Health = 'up' | 'dead' | 'frozen';

export interface FailNext {
	/** Only on this side; any side when left out. */
	side?: string;
	/** Calls to let through first. */
	after?: number;
	/** Thrown instead of KDR_TIMEOUT (before) or KDR_OUTCOME_UNKNOWN (after). */
	error?: Error;
}

interface Planned extends FailNext {
	port: string;
	method: string;
	when: 'before' | 'after';
}

/** How long a call into a frozen side takes to give up, ms: the real adapters' default. */
const deadlineMs = 5_000;

/** The script of faults of a world, and the health of its sides. */
export class Faults {
	readonly #clock: FakeClock;
	readonly #planned: Planned[] = [];
	readonly #health = new Map<string, Health>();
	/** Every call that reached a port, `side port.method`, in order. */
	readonly calls: string[] = [];
	/** Called before and after every call; may throw, to stop a run right there. */
	around: ((call: string, moment: 'before' | 'after') => void) | undefined;

	constructor(clock: FakeClock) {
		this.#clock = clock;
	}

	/** Fails the next call: `before` it did anything, or `after` it did (the write happened, the reply was lost). */
	failNext(port: string, method: string, when: 'before' | 'after', options: FailNext = {}): void {
		this.#planned.push({ port, method, when, ...options });
	}

	health(side: string): Health {
		return this.#health.get(side) ?? 'up';
	}

	setHealth(side: string, health: Health): void {
		this.#health.set(side, health);
	}

	#take(side: string, port: string, method: string): Planned | undefined {
		const index = this.#planned.findIndex(
			(plan) => plan.port === port && plan.method === method && (plan.side ?? side) === side,
		);
		const plan = this.#planned[index];
		if (!plan) return undefined;
		if (plan.after) {
			plan.after--;
			return undefined;
		}
		this.#planned.splice(index, 1);
		return plan;
	}

	async #alive(side: string, port: string): Promise<void> {
		const health = this.health(side);
		if (health === 'up') return;
		if (health === 'frozen') await this.#clock.wait(deadlineMs);
		const connect = port === 'mirror';
		const code = connect ? 'KDR_CONNECT_UNREACHABLE' : health === 'frozen' ? 'KDR_TIMEOUT' : 'KDR_CLUSTER_UNREACHABLE';
		throw new KdrError(code, `${side}: ${connect ? 'no worker' : 'no broker'} answers (${health})`, {
			details: { cluster: side },
		});
	}

	/** The port with health and script in front of every method. */
	wrap<T extends object>(side: string, port: string, target: T): T {
		const faults = this;
		return new Proxy(target, {
			get(object, name) {
				const value: unknown = Reflect.get(object, name);
				if (typeof value !== 'function' || typeof name !== 'string') return value;
				const method = value.bind(object) as (...args: unknown[]) => unknown;
				if (port === 'records' && name === 'read')
					return (...args: unknown[]) => faults.#iterate(side, port, name, method, args);
				return (...args: unknown[]) => faults.#call(side, port, name, () => method(...args));
			},
		});
	}

	async #call(side: string, port: string, method: string, work: () => unknown): Promise<unknown> {
		const call = `${side} ${port}.${method}`;
		this.calls.push(call);
		this.around?.(call, 'before');
		await this.#alive(side, port);
		const plan = this.#take(side, port, method);
		if (plan?.when === 'before')
			throw plan.error ?? new KdrError('KDR_TIMEOUT', `${call}: no answer (scripted, nothing done)`);
		const result = await work();
		this.around?.(call, 'after');
		if (plan) throw plan.error ?? lostReply(call);
		return result;
	}

	async *#iterate(
		side: string,
		port: string,
		name: string,
		method: (...args: unknown[]) => unknown,
		args: unknown[],
	): AsyncIterable<unknown> {
		await this.#call(side, port, name, () => undefined);
		yield* method(...args) as AsyncIterable<unknown>;
	}
}

const lostReply = (call: string): KdrError =>
	new KdrError('KDR_OUTCOME_UNKNOWN', `${call}: no answer (scripted, it was done)`, { worldMayHaveChanged: true });
