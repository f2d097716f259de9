import { setImmediate } from 'node:timers/promises';
import { brokerError } from '../kafka-side/broker-errors.ts';
import { type Place, slices } from './fan-out-by-broker.ts';
import type { Endpoint, Wire } from './wire.ts';

/** Group ids per FindCoordinator request. */
const keysPerRequest = 1_000;

/** Group coordinators, kept until a broker says they moved. */
export class Coordinators {
	readonly #wire: Wire;
	readonly #known = new Map<string, Endpoint>();
	/** Groups to be asked for in the next request. */
	#batch: { groups: Set<string>; places: Promise<Map<string, Place>> } | undefined;

	constructor(wire: Wire) {
		this.#wire = wire;
	}

	/** The coordinator of each group, or the error code FindCoordinator gives for it. */
	async locate(groups: readonly string[], fresh: boolean, deadline: number): Promise<Map<string, Place>> {
		const { findCoordinator } = await this.#wire.requests();
		const places = new Map<string, Place>();
		const missing: string[] = [];
		for (const group of groups) {
			const known = fresh ? undefined : this.#known.get(group);
			if (known) places.set(group, known);
			else missing.push(group);
		}
		const ask = async (share: string[]): Promise<void> => {
			const answer = await this.#wire.askAny(findCoordinator, [0, share], 'find group coordinators', deadline);
			for (const { key, host, port, errorCode } of answer.coordinators) {
				if (errorCode === 0) this.#known.set(key, { host, port });
				else this.#known.delete(key);
				places.set(key, errorCode === 0 ? { host, port } : { code: errorCode });
			}
		};
		await Promise.all(slices(missing, keysPerRequest).map(ask));
		return places;
	}

	/** After a coordinator did not answer: the next call asks where it is now. */
	forget(group: string): void {
		this.#known.delete(group);
	}

	/** The coordinator of one group; many asked for at one moment are asked for together. Throws when there is none. */
	async of(group: string, deadline: number, fresh = false): Promise<Place> {
		const known = fresh ? undefined : this.#known.get(group);
		if (known) return known;
		this.#batch ??= this.#gather(deadline);
		this.#batch.groups.add(group);
		const place = (await this.#batch.places).get(group);
		if (place === undefined)
			throw brokerError('COORDINATOR_NOT_AVAILABLE', this.#wire.where, `find the coordinator of group ${group}`);
		return place;
	}

	#gather(deadline: number): { groups: Set<string>; places: Promise<Map<string, Place>> } {
		const groups = new Set<string>();
		const places = setImmediate().then(() => {
			this.#batch = undefined;
			return this.locate([...groups], true, deadline);
		});
		return { groups, places };
	}
}
