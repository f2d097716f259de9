import { pause } from '../kafka-side/deadline.ts';
import type { Place } from './fan-out-by-broker.ts';
import type { Api } from './lib.ts';
import type { Endpoint, Wire } from './wire.ts';

/** FindCoordinator's name for transactional ids. */
const transactionKey = 1;
/** The coordinator loads, is not there or moved. */
const moved = new Set([14, 15, 16]);
/** CONCURRENT_TRANSACTIONS: the transaction before it is still being ended. UNKNOWN_TOPIC_OR_PARTITION: of a topic just created. */
const passing = new Set([...moved, 51, 3]);

/** A lane of its own: no read and no throttling delays a lock. */
export const lockLane = -1;

/** One request to a coordinator. */
interface Request<Args extends unknown[], Answer> {
	api: Api<Args, Answer>;
	args: Args;
	codeOf(answer: Answer): number;
}

/** The broker that keeps one transactional id: found once, followed when it moves. */
export class TransactionCoordinator {
	readonly #wire: Wire;
	readonly #id: string;
	#place: Endpoint | undefined;

	constructor(wire: Wire, id: string) {
		this.#wire = wire;
		this.#id = id;
	}

	/**
	 * Asks until the answer's code is none that passes, or the deadline is over; gives the last answer's code and the answer, which is
	 * absent when no coordinator could be asked. Repeating is safe: a passing code says that nothing was done or that it is being done, and
	 * every request of a transaction says the same twice as once.
	 */
	async ask<Args extends unknown[], Answer>(
		request: Request<Args, Answer>,
		doing: string,
		deadline: number,
	): Promise<{ code: number; answer?: Answer }> {
		for (let tries = 1; ; tries++) {
			const place = await this.place(doing, deadline);
			const answer = 'host' in place ? await this.#send(place, request, doing, deadline) : place;
			if (!passing.has(answer.code) || performance.now() > deadline) return answer;
			if (moved.has(answer.code)) this.#place = undefined;
			await pause(Math.min(10 * tries, 100));
		}
	}

	async #send<Args extends unknown[], Answer>(
		to: Endpoint,
		{ api, args, codeOf }: Request<Args, Answer>,
		doing: string,
		deadline: number,
	): Promise<{ code: number; answer: Answer }> {
		const connection = await this.#wire.connection(to, doing, deadline, lockLane);
		const answer = await this.#wire.send(connection, api, args, doing, deadline);
		return { code: codeOf(answer), answer };
	}

	/** Where it is, or the error code FindCoordinator gives. */
	async place(doing: string, deadline: number): Promise<Place> {
		if (this.#place) return this.#place;
		const { findCoordinator } = await this.#wire.requests();
		const answer = await this.#wire.askAny(findCoordinator, [transactionKey, [this.#id]], doing, deadline);
		const { errorCode = -1, host = '', port = 0 } = answer.coordinators[0] ?? {};
		if (errorCode !== 0) return { code: errorCode };
		this.#place = { host, port };
		return this.#place;
	}
}
