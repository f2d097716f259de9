import { isDeepStrictEqual } from 'node:util';
import type { Side } from '../../src/ports/world.ts';
import type { StepIo } from '../../src/steps/kind.ts';
import type { Crasher } from './crash.ts';

/** The writes of each port of a side; everything else only reads. */
const writes = {
	cluster: ['ensureTopic', 'deleteTopics'],
	acls: ['create', 'remove'],
	quotas: ['setProducerRates'],
	writer: ['append'],
	groups: ['commit', 'forget', 'evict'],
	mirror: ['stop', 'resume', 'prepare', 'seed', 'forget', 'remove'],
} as const;

/** What a world looks like, and where its effects are written down. */
export interface Watched {
	picture(): unknown;
	/** Every write that changed something: which, and with what. */
	effects: string[];
	/** Ends with the write before: one at a time, so that each is compared with what it found. */
	turn: Promise<unknown>;
}

/** The two sides with a place to die before and after every single write, and with its reply lost. */
export function crashingIo(io: StepIo, crasher: Crasher, watched: Watched): StepIo {
	const port = <T extends object>(name: string, target: T, methods: readonly string[]): T =>
		new Proxy(target, {
			get(object, key) {
				const value: unknown = Reflect.get(object, key);
				if (typeof value !== 'function' || typeof key !== 'string') return value;
				const method = value.bind(object) as (...args: unknown[]) => unknown;
				if (methods.includes(key))
					return (...args: unknown[]) => write(`${name}.${key}`, method, args, crasher, watched);
				// Like every reading: what fails of it is a rejection.
				return async (...args: unknown[]) => {
					crasher.assertAlive();
					return method(...args);
				};
			},
		});
	const side = (whole: Side): Side => ({
		...whole,
		cluster: port(`${whole.alias} cluster`, whole.cluster, writes.cluster),
		acls: port(`${whole.alias} acls`, whole.acls, writes.acls),
		quotas: port(`${whole.alias} quotas`, whole.quotas, writes.quotas),
		writer: port(`${whole.alias} writer`, whole.writer, writes.writer),
		groups: port(`${whole.alias} groups`, whole.groups, writes.groups),
		mirror: port(`${whole.alias} mirror`, whole.mirror, writes.mirror),
	});
	const sides = new Map([io.from, io.to].map((whole) => [whole.alias, side(whole)]));
	const known = (alias: string): Side => sides.get(alias) ?? io.world.side(alias);
	const { zone, answers } = io.world.dns;
	const world = { ...io.world, side: known, dns: { zone: port('zone', zone, ['swap']), answers } };
	return { world, from: known(io.from.alias), to: known(io.to.alias) };
}

function write(
	name: string,
	method: (...args: unknown[]) => unknown,
	args: unknown[],
	crasher: Crasher,
	watched: Watched,
): Promise<unknown> {
	return crasher.around(name, async () => {
		const mine = watched.turn.then(async () => {
			const before = watched.picture();
			const result = await method(...args);
			if (!isDeepStrictEqual(before, watched.picture())) watched.effects.push(`${name} ${show(args)}`);
			return result;
		});
		watched.turn = mine.catch(() => {});
		return mine;
	});
}

const show = (value: unknown): string =>
	JSON.stringify(value, (_key, part) =>
		typeof part === 'bigint'
			? String(part)
			: Symbol.iterator in Object(part) && typeof part === 'object'
				? [...part]
				: part,
	);
