import { isDeepStrictEqual } from 'node:util';
import { KdrError } from '../../src/domain/errors/kdr-error.ts';
import type { EngineEnv, Registry, RunOutcome, RunRequest } from '../../src/engine/env.ts';
import { resume, run } from '../../src/engine/execute.ts';
import type { Journal } from '../../src/ports/journal.ts';
import type { AnyKind } from '../../src/steps/kind.ts';

class Crash extends Error {}

/**
 * Kills a simulated process at the n-th point where that is possible, or counts the points. Around each write there are
 * three: dead before it, dead after it, and alive but without its reply. A dead process does nothing any more.
 */
export class Crasher {
	readonly points: string[] = [];
	readonly #at: number;
	#dead = false;

	/** `at`: which point, from 0; negative: none, only count. */
	constructor(at = -1) {
		this.#at = at;
	}

	get dead(): boolean {
		return this.#dead;
	}

	/** A write that can be cut short: for fakes of the ports as well. */
	async around<T>(name: string, write: () => Promise<T>): Promise<T> {
		const result = await this.beside(name, write);
		if (this.#here(`reply lost of ${name}`)) {
			throw new KdrError('KDR_OUTCOME_UNKNOWN', `no reply to ${name}`, { worldMayHaveChanged: true });
		}
		return result;
	}

	/** A write with nobody waiting for a reply of its own. */
	async beside<T>(name: string, write: () => Promise<T>): Promise<T> {
		this.#die(`before ${name}`);
		const result = await write();
		this.#die(`after ${name}`);
		return result;
	}

	/** A reading: nothing breaks here, but the dead do not read. */
	assertAlive(): void {
		if (this.#dead) throw new Crash('the process is dead');
	}

	#die(name: string): void {
		if (this.#here(name)) this.#dead = true;
		this.assertAlive();
	}

	#here(name: string): boolean {
		this.assertAlive();
		return this.points.push(name) - 1 === this.#at;
	}
}

/** What is run again and again, each time in a world of its own. */
export interface CrashSubject<World> {
	world(): World | Promise<World>;
	/** A fresh process over that world; a fake may call `crasher.around` for each of its own writes. */
	env(world: World, crasher: Crasher): EngineEnv;
	request: RunRequest;
	/** Time passes between the crash and the resume, say. */
	afterCrash(world: World): void;
	/** All that must be the same in the end as without a crash. */
	picture(world: World): unknown;
	/** Throws what else is wrong with a world in which the run has come to its end. */
	inspect?(world: World, crash: string): void;
}

/** Every crash, and with `twice` every second crash while resuming too. Gives the number of crashes survived by kind of point. */
export async function surviveEveryCrash<World>(
	subject: CrashSubject<World>,
	options: { twice?: boolean } = {},
): Promise<number> {
	const whole = await subject.world();
	const count = new Crasher();
	expectDone(await process(subject, whole, count), 'no crash at all');
	const wanted = subject.picture(whole);
	let survived = 0;
	const survive = async (crashes: readonly number[]): Promise<number> => {
		const { world, name, pointsOfLast } = await crashing(subject, crashes);
		if (!isDeepStrictEqual(subject.picture(world), wanted)) {
			throw new Error(
				`after a crash ${name} the world ends as ${show(subject.picture(world))}, not as ${show(wanted)}`,
			);
		}
		subject.inspect?.(world, name);
		survived++;
		return pointsOfLast;
	};
	for (let first = 0; first < count.points.length; first++) {
		const points = await survive([first]);
		if (!options.twice) continue;
		for (let second = 0; second < points; second++) await survive([first, second]);
	}
	return survived;
}

interface Crashed<World> {
	world: World;
	name: string;
	/** Points of the process that was not crashed: how many second crashes there are to try. */
	pointsOfLast: number;
}

async function crashing<World>(subject: CrashSubject<World>, crashes: readonly number[]): Promise<Crashed<World>> {
	const world = await subject.world();
	const names: string[] = [];
	let last: RunOutcome | undefined;
	for (const at of crashes) {
		const crasher = new Crasher(at);
		last = await process(subject, world, crasher);
		names.push(crasher.points[at] ?? 'never reached');
		subject.afterCrash(world);
	}
	const name = names.join(', then ');
	// Who lives through a lost reply may already be done: then there is nothing to resume.
	if (last?.result === 'done') return { world, name, pointsOfLast: 0 };
	const counter = new Crasher();
	expectDone(await process(subject, world, counter), name);
	return { world, name, pointsOfLast: counter.points.length };
}

/** One process: resumes the run if it is in the journal, else starts it. Undefined when the process died. */
async function process<World>(
	subject: CrashSubject<World>,
	world: World,
	crasher: Crasher,
): Promise<RunOutcome | undefined> {
	const plain = subject.env(world, crasher);
	const env = {
		...plain,
		journal: crashingJournal(plain.journal, crasher),
		registry: crashingKinds(plain.registry, crasher),
	};
	const { request } = subject;
	const known = (await plain.journal.read()).some((entry) => entry.run === request.run);
	try {
		const outcome = known
			? await resume(env, { run: request.run, clusterIds: request.clusterIds })
			: await run(env, request);
		return crasher.dead ? undefined : outcome;
	} catch (thrown) {
		if (crasher.dead || (thrown instanceof KdrError && thrown.code === 'KDR_OUTCOME_UNKNOWN')) return undefined;
		if (thrown instanceof KdrError && thrown.code === 'KDR_RUN_ENDED')
			return { run: request.run, result: 'done', exit: 0 };
		throw thrown;
	}
}

function expectDone(outcome: RunOutcome | undefined, name: string): void {
	if (outcome?.result !== 'done')
		throw new Error(`after a crash ${name} the run ends ${outcome?.result}: ${outcome?.error?.message}`);
}

function crashingJournal(journal: Journal, crasher: Crasher): Journal {
	return {
		signal: (id, signal) => journal.signal(id, signal),
		signals: (id, from) => journal.signals(id, from),
		async read(link) {
			crasher.assertAlive();
			return journal.read(link);
		},
		async open(link) {
			const writer = await crasher.around('opening the journal', () => journal.open(link));
			return {
				// Which events go together is a matter of time: had the last ones come later, the first would have gone alone.
				append: async (id, events) => {
					for (const [index, event] of events.entries()) {
						const name = `journalling ${'step' in event && event.step !== undefined ? `${event.type} ${event.step}` : event.type}`;
						const write = () => writer.append(id, [event]);
						await (index === events.length - 1 ? crasher.around(name, write) : crasher.beside(name, write));
					}
				},
				close: () => writer.close(),
			};
		},
	};
}

function crashingKinds(registry: Registry, crasher: Crasher): Registry {
	return new Map(
		[...registry].map(([name, kind]): [string, AnyKind] => {
			if (kind.type === 'gate') return [name, kind];
			const apply: typeof kind.apply = (change, io, ctx) =>
				crasher.around(`apply of ${name}`, () => kind.apply(change, io, ctx));
			return [name, { ...kind, apply }];
		}),
	);
}

const show = (value: unknown): string =>
	JSON.stringify(value, (_key, part) => (typeof part === 'bigint' ? String(part) : part));
