import { KdrError } from '../../domain/errors/kdr-error.ts';
import { bad, good, type Item } from '../../domain/item.ts';
import { pause } from '../kafka-side/deadline.ts';
import type { Endpoint, Wire } from './wire.ts';

/** What a broker said about one key: a value, or Kafka's error code for it. */
export type BrokerAnswer<T> = { value: T } | { code: number };

/** Where to ask about a key, or the error code of the attempt to find out. */
export type Place = Endpoint | { code: number };

export interface FanOut<T> {
	/** Completes "could not …". */
	doing: string;
	/** Where each key's leader or coordinator is, asked again when `fresh`. Throws when nobody answers at all. */
	locate(keys: readonly string[], fresh: boolean, deadline: number): Promise<Map<string, Place>>;
	/** Asks one broker about its keys; a key missing from the answer is asked again. */
	ask(to: Endpoint, keys: readonly string[], deadline: number): Promise<Map<string, BrokerAnswer<T>>>;
}

/**
 * Codes that mean "not (yet) here": LEADER_NOT_AVAILABLE, NOT_LEADER_OR_FOLLOWER, coordinator loading, not available or moved,
 * CONCURRENT_TRANSACTIONS, KAFKA_STORAGE_ERROR, leader epochs, OFFSET_NOT_AVAILABLE, UNSTABLE_OFFSET_COMMIT, topic ids not known yet.
 */
const movedCodes = new Set([5, 6, 14, 15, 16, 51, 56, 74, 75, 78, 88, 100, 103]);

/**
 * Asks the broker responsible for each key, one request per broker at a time and all brokers at once, and follows keys
 * that moved until the deadline. A key that cannot be answered is an error of that key only.
 */
export async function fanOutByBroker<T>(
	wire: Wire,
	keys: readonly string[],
	{ doing, locate, ask }: FanOut<T>,
): Promise<Map<string, Item<T>>> {
	const deadline = wire.deadline();
	const done = new Map<string, Item<T>>();
	const failures = new Map<string, KdrError>();
	let open = [...new Set(keys)];
	for (let round = 0; open.length > 0; round++) {
		if (round > 0) await pause(Math.min(50 * round, 250));
		const answers = await askRound(open, locate, ask, round > 0, deadline, failures);
		for (const [key, answer] of answers) {
			if ('value' in answer) done.set(key, good(answer.value));
			else if (movedCodes.has(answer.code)) failures.set(key, await wire.brokerError(answer.code, doing));
			else done.set(key, bad(await wire.brokerError(answer.code, doing)));
		}
		open = open.filter((key) => !done.has(key));
		if (performance.now() >= deadline) break;
	}
	for (const key of open) {
		done.set(
			key,
			bad(
				failures.get(key) ??
					new KdrError('KDR_KAFKA_ERROR', `${wire.where.alias}: could not ${doing}: left out of the answer`),
			),
		);
	}
	return done;
}

async function askRound<T>(
	keys: readonly string[],
	locate: FanOut<T>['locate'],
	ask: FanOut<T>['ask'],
	fresh: boolean,
	deadline: number,
	failures: Map<string, KdrError>,
): Promise<Map<string, BrokerAnswer<T>>> {
	const places = await locate(keys, fresh, deadline);
	// Half the time for places known from before: a leader that froze since must leave time to ask the one after it.
	const until = fresh ? deadline : (performance.now() + deadline) / 2;
	const answers = new Map<string, BrokerAnswer<T>>();
	const perBroker = new Map<string, { to: Endpoint; keys: string[] }>();
	for (const key of keys) {
		const place = places.get(key);
		if (place === undefined) continue;
		if ('host' in place) {
			const name = `${place.host}:${place.port}`;
			const share = perBroker.get(name);
			if (share) share.keys.push(key);
			else perBroker.set(name, { to: place, keys: [key] });
		} else answers.set(key, place);
	}
	await Promise.all(
		[...perBroker.values()].map(async (share) => {
			try {
				for (const [key, answer] of await ask(share.to, share.keys, until)) answers.set(key, answer);
			} catch (thrown) {
				if (!(thrown instanceof KdrError) || thrown.code === 'KDR_AUTH_FAILED' || thrown.code === 'KDR_BUG')
					throw thrown;
				for (const key of share.keys) failures.set(key, thrown);
			}
		}),
	);
	return answers;
}

/** Items in slices of at most `size`, in order. */
export function slices<T>(items: readonly T[], size: number): T[][] {
	const out: T[][] = [];
	for (let at = 0; at < items.length; at += size) out.push(items.slice(at, at + size));
	return out;
}
