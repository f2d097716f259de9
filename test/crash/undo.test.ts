import { afterAll, expect, test } from 'vitest';
import type { Move, RunStep } from '../../src/domain/run/events.ts';
import { pastReturn } from '../../src/domain/run/undo.ts';
import { run, undo } from '../../src/engine/execute.ts';
import { undoRun } from '../../src/engine/undo-run.ts';
import { type CrashSubject, surviveEveryCrash } from '../support/crash.ts';
import { crashingIo } from '../support/crash-writes.ts';
import {
	at,
	committed,
	type Estate,
	eastToWest,
	estate,
	processOf,
	produce,
	request,
	shipped,
} from '../support/estate.ts';
import { operator } from '../support/toy.ts';

const groups = ['done', 'lagging'];
const switchover = await shipped('switchover');
const survived: string[] = [];
afterAll(() => void process.stdout.write(`crash points survived: ${survived.join(', ')}\n`));

function busy(): Estate {
	const here = estate();
	const { east, west, world } = here;
	for (const partition of [0, 1]) produce(east, 30, at(partition));
	for (const group of groups) east.join(group, { topics: ['orders'] });
	for (const partition of [0, 1]) {
		east.commitAs('done', at(partition), east.log(at(partition)).edges().end);
		east.commitAs('lagging', at(partition), 13n, 'theirs');
	}
	world.pump();
	// Checkpoints have been synced there already: the prior state is not simply nothing.
	west.commitAs('lagging', at(0), 3n, 'ours');
	return here;
}

/** All that an abort must leave as it was. Who is connected is not kdr's to restore. */
function pictureOf({ east, west, connect, connectEast, dns }: Estate) {
	const side = (kafka: typeof east) => ({
		acls: kafka.acls.map((acl) => JSON.stringify(acl)).sort(),
		offsets: groups.map((group) => [group, committed(kafka, group)]),
	});
	const connectors = (mirror: typeof connect) =>
		[...mirror.running.values()].map(({ name, target }) => [name, target]).sort();
	return {
		east: side(east),
		west: side(west),
		forward: connectors(connect),
		reverse: connectors(connectEast),
		dns: dns.written.at(-1) ?? null,
	};
}

let processes = 0;

/** A switchover that ends right before or behind its step `stopAt`. */
async function halted(stopAt: string): Promise<Estate> {
	const here = busy();
	const abort = new AbortController();
	const env = processOf(here, eastToWest, {
		signal: abort.signal,
		listener: (event) => void (event.type === 'step.done' && event.step === stopAt && abort.abort('SIGINT')),
	});
	expect(await run(env, request('r1', eastToWest, switchover))).toMatchObject({ result: 'interrupted' });
	return here;
}

const undoRequest = { run: 'u1', undoes: 'r1', command: 'kdr runs abort r1', consent: {}, clusterIds: {}, whole: true };

test.each([
	'stop-checkpoints',
	'fence-writers',
	'evict-readers',
	'stop-mirror',
	'offsets-commit',
	'mirror-seed',
	'cuts-unchanged',
])('a switchover aborted behind %s leaves nothing behind: offsets, ACLs, connectors, DNS', async (stopAt) => {
	const before = pictureOf(busy());
	const here = await halted(stopAt);
	expect(pictureOf(here)).not.toEqual(before);
	const outcome = await undo(processOf(here, eastToWest), undoRequest);
	expect(outcome.error?.message).toBeUndefined();
	expect(outcome).toMatchObject({ result: 'done', exit: 0 });
	expect(pictureOf(here)).toEqual(before);
});

test('an undo of a switchover, killed at any journal event or around any single write, ends, resumed, as before the move', async () => {
	const before = pictureOf(busy());
	const template = await halted('cuts-unchanged');
	const {
		request: { steps, move },
	} = await undoRun(processOf(template, eastToWest), undoRequest);
	const subject: CrashSubject<{ here: Estate; effects: string[] }> = {
		world: async () => ({ here: await halted('cuts-unchanged'), effects: [] }),
		env({ here, effects }, crasher) {
			const env = processOf(here, eastToWest, { operator: operator('ana', ++processes) });
			return {
				...env,
				io: crashingIo(env.io, crasher, { picture: () => pictureOf(here), effects, turn: Promise.resolve() }),
			};
		},
		request: { ...request('u1', move, steps), undoes: 'r1' },
		afterCrash: ({ here }) => here.world.clock.advance(20_000),
		picture: ({ here }) => pictureOf(here),
		inspect: ({ here, effects }, crash) => {
			expect(pictureOf(here), crash).toEqual(before);
			expect(new Set(effects).size, `an effect was had twice after ${crash}:\n${effects.join('\n')}`).toBe(
				effects.length,
			);
		},
	};
	const count = await surviveEveryCrash(subject);
	survived.push(`undo ${count}`);
	expect(count).toBeGreaterThan(80);
}, 300_000);

test('a switchover killed at any point before its point of no return can be undone from there', async () => {
	const before = pictureOf(busy());
	const steps: RunStep[] = switchover;
	const move: Move = eastToWest;
	let n = 0;
	for (let calls = 0; ; calls++) {
		const here = busy();
		let left = calls;
		here.world.faults.around = (call, moment) => {
			if (!/(acls|groups|mirror|zone)\.(create|remove|commit|forget|evict|stop|resume|prepare|seed|swap)$/.test(call))
				return;
			if (left-- === 0) throw new Error(`killed ${moment} ${call}`);
		};
		const outcome = await run(processOf(here, move), request('r1', move, steps));
		here.world.faults.around = undefined;
		if (outcome.state && pastReturn(outcome.state)) break;
		expect(outcome.error?.details.goBack, `${outcome.result} ${outcome.error?.message}`).toBe('kdr runs undo r1');
		const undone = await undo(processOf(here, move), undoRequest);
		expect(undone.result, undone.error?.message).toBe('done');
		expect(pictureOf(here)).toEqual(before);
		n++;
	}
	survived.push(`stop and undo ${n}`);
	expect(n).toBeGreaterThan(15);
}, 300_000);
