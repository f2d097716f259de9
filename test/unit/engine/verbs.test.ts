import fc from 'fast-check';
import { expect, test } from 'vitest';
import { KdrError } from '../../../src/domain/errors/kdr-error.ts';
import { overrideName } from '../../../src/domain/plan/override.ts';
import type { Move } from '../../../src/domain/run/events.ts';
import { foldRuns } from '../../../src/domain/run/fold.ts';
import type { EngineEnv, RunOutcome } from '../../../src/engine/env.ts';
import { resume, run, undo } from '../../../src/engine/execute.ts';
import type { Journal } from '../../../src/ports/journal.ts';
import { FakeJournal } from '../../fakes/journal.ts';
import {
	at,
	denialsOn,
	type Estate,
	eastToWest,
	estate,
	processOf,
	produce,
	request,
	shipped,
} from '../../support/estate.ts';
import { operator, setStep, ToyWorld, toyEnv, toyRequest } from '../../support/toy.ts';

const codeOf = (work: Promise<RunOutcome>): Promise<string> =>
	work.then(
		(outcome) => outcome.error?.code ?? outcome.result,
		(thrown: unknown) => (thrown instanceof KdrError ? thrown.code : String(thrown)),
	);

const steps = [
	setStep('stop'),
	{ id: 'drained', kind: 'ask', params: { key: 'stop' } },
	setStep('dns', { pointOfNoReturn: true }),
];
const bo = operator('bo', 2);

test('a held run does everything that can be undone, reports its state, and passes when somebody else releases it', async () => {
	const world = new ToyWorld();
	const { env, events } = toyEnv(world);
	let waits = 0;
	world.clock.onAdvance(() => {
		expect(world.values.has('dns')).toBe(false);
		if (++waits === 3) void world.journal.signal('7f3a', { type: 'release', by: bo });
	});
	expect(await run(env, toyRequest(steps, { hold: {} }))).toMatchObject({ result: 'done' });
	expect(waits).toBe(3);
	expect(world.eventNames()).toEqual(expect.arrayContaining(['run.held dns', 'run.released dns']));
	expect(world.eventNames().indexOf('run.released dns')).toBeLessThan(world.eventNames().indexOf('step.intent dns'));
	expect(events).toContainEqual({ type: 'progress', step: 'dns', text: 'held: stop: 1, wanted 1' });
	expect(foldRuns(world.journal.entries).runs[0]?.released?.by).toEqual(bo);
});

test('a run held for a time halts at the edge with exit 8; resumed it waits there again, unless it was released', async () => {
	const world = new ToyWorld();
	const outcome = await run(toyEnv(world).env, toyRequest(steps, { hold: { forMs: 60_000 } }));
	expect(outcome).toMatchObject({ result: 'halted', exit: 8, error: { code: 'KDR_HELD' } });
	expect(await codeOf(resume(toyEnv(world).env, { run: '7f3a', clusterIds: {} }))).toBe('KDR_HELD');
	expect(world.effects).toEqual(['stop=1']);
	await world.journal.signal('7f3a', { type: 'release', by: bo });
	expect(await resume(toyEnv(world).env, { run: '7f3a', clusterIds: {} })).toMatchObject({ result: 'done' });
});

test('a run killed while it is held waits again for whoever resumes it, and not once it was released', async () => {
	const world = new ToyWorld();
	const toy = toyEnv(world);
	world.clock.onAdvance(() => toy.abort.abort('SIGTERM'));
	expect(await run(toy.env, toyRequest(steps, { hold: {} }))).toMatchObject({ result: 'interrupted', exit: 143 });
	expect(foldRuns(world.journal.entries).runs[0]?.held).toBeUndefined();
	await world.journal.signal('7f3a', { type: 'release', by: bo });
	await resume(toyEnv(world).env, { run: '7f3a', clusterIds: {} });
	expect(world.effects).toEqual(['stop=1', 'dns=1']);
});

test('a paused run finishes and proves the write under way, and stops before the next; the old word does not stop the resume', async () => {
	const world = new ToyWorld();
	const toy = toyEnv(
		world,
		{},
		{
			async onApply(key) {
				if (key !== 'stop') return;
				await world.journal.signal('7f3a', { type: 'pause', by: bo });
				toy.beat();
				for (let turn = 0; turn < 20; turn++) await Promise.resolve();
			},
		},
	);
	const outcome = await run(toy.env, toyRequest(steps));
	expect(outcome).toMatchObject({
		result: 'interrupted',
		exit: 8,
		error: { code: 'KDR_PAUSED' },
		goOn: 'kdr runs resume 7f3a',
	});
	expect(outcome.error?.message).toContain('bo@bastion');
	expect(world.effects).toEqual(['stop=1']);
	expect(world.eventNames().slice(-3)).toEqual(expect.arrayContaining(['step.done stop', 'run.ended']));
	expect(await resume(toyEnv(world).env, { run: '7f3a', clusterIds: {} })).toMatchObject({ result: 'done' });
});

const westward: Move = { link: 'orders', from: 'east', to: 'west', mode: 'switchover' };
const eastward: Move = { link: 'orders', from: 'west', to: 'east', mode: 'switchover' };

test('a move the other way is refused while one is open, by the journal of the other side', async () => {
	const world = new ToyWorld();
	const east = new FakeJournal(world.clock);
	let seen: string | undefined;
	const back: Partial<EngineEnv> = {
		journal: east,
		otherJournal: { journal: world.journal, needed: true },
		operator: bo,
	};
	const onApply = async (key: string) => {
		if (key === 'stop')
			seen = await codeOf(run(toyEnv(world, back).env, toyRequest(steps, { run: 'bbbb', move: eastward })));
	};
	const there = { otherJournal: { journal: east, needed: true } };
	expect(await run(toyEnv(world, there, { onApply }).env, toyRequest(steps))).toMatchObject({ result: 'done' });
	expect(seen).toBe('KDR_LOCKED');
	expect(east.entries).toEqual([]);
});

/** The journal with every call put off to a moment of the scheduler's choice. */
function late(journal: Journal, scheduler: fc.Scheduler, who: string, order: string[]): Journal {
	const wait = (what: string) => scheduler.schedule(Promise.resolve(), `${who} ${what}`);
	return {
		read: async (link) => {
			await wait('reads');
			return journal.read(link);
		},
		open: async (link) => {
			await wait('opens');
			const writer = await journal.open(link);
			const append: typeof writer.append = async (id, events) => {
				await wait(events.map(({ type }) => type).join());
				await writer.append(id, events);
				order.push(...events.map(({ type }) => `${id} ${type}`));
			};
			return { append, close: async () => {} };
		},
		signal: (id, signal) => journal.signal(id, signal),
		signals: (id, from) => journal.signals(id, from),
	};
}

test('two who move a link in opposite directions at the same moment never both have an effect, however their calls interleave', async () => {
	await fc.assert(
		fc.asyncProperty(fc.scheduler(), async (scheduler) => {
			const world = new ToyWorld();
			const order: string[] = [];
			const [west, east] = [new FakeJournal(world.clock), new FakeJournal(world.clock)];
			const who = (name: string, here: Journal, there: Journal): EngineEnv =>
				toyEnv(world, {
					journal: late(here, scheduler, name, order),
					otherJournal: { journal: late(there, scheduler, name, order), needed: true },
					operator: operator(name),
				}).env;
			const ana = codeOf(run(who('ana', west, east), toyRequest([setStep('ana')], { run: 'aaaa', move: westward })));
			const ben = codeOf(run(who('ben', east, west), toyRequest([setStep('ben')], { run: 'bbbb', move: eastward })));
			await scheduler.waitFor(Promise.all([ana, ben]));
			const first = world.effects.indexOf('ana=1');
			const second = world.effects.indexOf('ben=1');
			// One after the other is fine: the later one observes everything again once the earlier is done.
			if (first < 0 || second < 0) return;
			const [early, later] = first < second ? ['aaaa', 'bbbb'] : ['bbbb', 'aaaa'];
			expect(order.indexOf(`${early} run.ended`), order.join('\n')).toBeGreaterThanOrEqual(0);
			expect(order.indexOf(`${early} run.ended`), order.join('\n')).toBeLessThan(
				order.indexOf(`${later} step.started`),
			);
		}),
		{ numRuns: 300 },
	);
});

test('a finding is overridden by its id with a reason, and only one the plan has', async () => {
	const world = new ToyWorld();
	world.values.set('bad', 1n);
	const consent = { [overrideName('not-bad')]: 'known since Monday' };
	expect(await codeOf(run(toyEnv(world).env, toyRequest([setStep('dns')])))).toBe('KDR_CHECK_FAILED');
	const strange = { [overrideName('bad-luck')]: 'why not' };
	expect(await codeOf(run(toyEnv(world).env, toyRequest([setStep('dns')], { consent: strange })))).toBe(
		'KDR_OVERRIDE_UNKNOWN',
	);
	expect(world.journal.entries).toEqual([]);
	const outcome = await run(toyEnv(world).env, toyRequest([setStep('dns')], { consent }));
	expect(outcome).toMatchObject({ result: 'done' });
	expect(outcome.state?.consent).toEqual(consent);
	expect(outcome.state?.steps[0]?.checks[0]).toMatchObject({ status: 'warn', hint: 'overridden: known since Monday' });
});

test('what would lose or double records is not overridden by any reason', async () => {
	const world = new ToyWorld();
	const gate = { id: 'lag', kind: 'wait', params: { key: 'drained', within: 0 } };
	const request = toyRequest([gate, setStep('dns')], { consent: { [overrideName('KDR_NOT_DRAINED')]: 'in a hurry' } });
	expect(await codeOf(run(toyEnv(world).env, request))).toBe('KDR_OVERRIDE_UNKNOWN');
	expect(world.effects).toEqual([]);
});

const undoRequest = { run: 'u1', undoes: 'r1', command: 'kdr runs undo r1', consent: {}, clusterIds: {}, whole: false };

async function moved(stopAt?: string): Promise<Estate> {
	const here = estate();
	produce(here.east, 20);
	here.east.commitAs('billing', at(), 7n);
	here.world.pump();
	const abort = new AbortController();
	const env = processOf(here, eastToWest, {
		signal: abort.signal,
		listener: (event) => void (event.type === 'step.done' && event.step === stopAt && abort.abort('SIGINT')),
	});
	await run(env, request('r1', eastToWest, await shipped('switchover')));
	return here;
}

test('past the point of no return abort refuses, and undo brings clients, mirror and record back', async () => {
	const here = await moved();
	expect(await codeOf(undo(processOf(here, eastToWest), { ...undoRequest, whole: true }))).toBe('KDR_PAST_RETURN');
	const outcome = await undo(processOf(here, eastToWest), undoRequest);
	expect(outcome).toMatchObject({ result: 'done', exit: 0 });
	expect(here.dns.written.at(-1)?.values).toEqual(['127.0.1.1']);
	expect(denialsOn(here.east)).toEqual([]);
	const running = (await here.connect.connectors()).filter(({ state }) => state === 'RUNNING').map(({ name }) => name);
	expect(running).toEqual(expect.arrayContaining(['east-to-west-source', 'east-to-west-checkpoint']));
});

test('past the point of no return a run is not undone while groups are active where it led, whatever was typed', async () => {
	const here = await moved();
	const { memberId } = here.west.join('billing', { topics: ['orders'] });
	const refused = undo(processOf(here, eastToWest, { consent: async () => ({ confirm: 'r1' }) }), undoRequest);
	await expect(refused).rejects.toMatchObject({
		code: 'KDR_GROUP_ACTIVE',
		exit: 3,
		message: expect.stringContaining('billing (1 member)'),
	});
	expect(here.dns.written.at(-1)?.values).toEqual(['127.0.2.1']);
	here.west.leave('billing', memberId);
	expect(await undo(processOf(here, eastToWest), undoRequest)).toMatchObject({ result: 'done' });
});

test('an undone run cannot be resumed, and its undo cannot be undone', async () => {
	const here = await moved('fence-writers');
	expect(await undo(processOf(here, eastToWest), undoRequest)).toMatchObject({ result: 'done' });
	expect(await codeOf(resume(processOf(here, eastToWest), { run: 'r1', clusterIds: {} }))).toBe('KDR_RUN_OVERTAKEN');
	expect(await codeOf(undo(processOf(here, eastToWest), { ...undoRequest, run: 'u2', undoes: 'u1' }))).toBe(
		'KDR_NOTHING_TO_UNDO',
	);
});

test('an undo is journalled as a run of its own that names the run it undoes, every step proven', async () => {
	const here = await moved('evict-readers');
	const events: string[] = [];
	const listener = (event: { type: string; step?: unknown }) =>
		void (event.type === 'plan' || events.push(`${event.type} ${event.step ?? ''}`.trim()));
	const outcome = await undo(processOf(here, eastToWest, { listener: listener as EngineEnv['listener'] }), undoRequest);
	expect(outcome.state?.undoes).toBe('r1');
	expect(outcome.state?.steps.map(({ step }) => step.id)).toEqual([
		'undo-evict-readers',
		'undo-fence-writers',
		'undo-stop-checkpoints',
		'as-before',
	]);
	expect(events.filter((event) => event.startsWith('step.intent'))).toHaveLength(3);
	expect(
		outcome.state?.steps.every(({ checks }) => checks.length > 0 && checks.every(({ status }) => status === 'pass')),
	).toBe(true);
});

test('a run that somebody is still running is not undone by another operator', async () => {
	const here = estate();
	let seen: string | undefined;
	const listener: EngineEnv['listener'] = (event) => {
		if (event.type === 'step.done' && event.step === 'fence-writers')
			pending = codeOf(undo(processOf(here, eastToWest, { operator: bo }), undoRequest)).then((code) => {
				seen = code;
			});
	};
	let pending: Promise<void> | undefined;
	produce(here.east, 5);
	here.world.pump();
	expect(
		await run(processOf(here, eastToWest, { listener }), request('r1', eastToWest, await shipped('switchover'))),
	).toMatchObject({
		result: 'done',
	});
	await pending;
	expect(seen).toBe('KDR_LOCKED');
});

test('what has no undo is named with the reason and stays; abort then refuses', async () => {
	const world = new ToyWorld();
	world.deaf.add('dns');
	await run(toyEnv(world).env, toyRequest(steps));
	const asked = { ...undoRequest, undoes: '7f3a' };
	expect(await codeOf(undo(toyEnv(world).env, { ...asked, whole: true }))).toBe('KDR_PAST_RETURN');
	const outcome = await undo(toyEnv(world).env, asked);
	expect(outcome.state?.steps.map(({ step, outcome, summary }) => [step.id, outcome, summary?.after])).toEqual([
		['undo-dns', 'skipped', 'skipped: stays as it is: a toy'],
		['undo-stop', 'skipped', 'skipped: stays as it is: a toy'],
	]);
	const other = new ToyWorld();
	other.deaf.add('open');
	await run(toyEnv(other).env, toyRequest([setStep('stop'), setStep('open')]));
	expect(await codeOf(undo(toyEnv(other).env, { ...asked, whole: true }))).toBe('KDR_UNDO_NOT_WHOLE');
});
