import { expect, test } from 'vitest';
import { KdrError } from '../../../src/domain/errors/kdr-error.ts';
import { foldRuns } from '../../../src/domain/run/fold.ts';
import { resume, run } from '../../../src/engine/execute.ts';
import { preview } from '../../../src/engine/preview.ts';
import type { Journal } from '../../../src/ports/journal.ts';
import { operator, setStep, ToyWorld, toyEnv, toyRequest } from '../../support/toy.ts';

const caught = async (work: Promise<unknown>): Promise<KdrError> => {
	const thrown = await work.then(
		() => new Error('nothing was thrown'),
		(error: unknown) => error,
	);
	if (!(thrown instanceof KdrError)) throw thrown;
	return thrown;
};

const steps = [setStep('stop'), setStep('dns', { pointOfNoReturn: true }), setStep('open')];

/** A run that stops being alive right before its second effect. */
async function killedRun(world: ToyWorld): Promise<void> {
	const never = new Promise<void>(() => {});
	const reached = Promise.withResolvers<void>();
	const onApply = (key: string) => {
		if (key !== 'dns') return;
		reached.resolve();
		return never;
	};
	const { env } = toyEnv(world, {}, { onApply });
	void run(env, toyRequest(steps));
	await reached.promise;
}

test('a run that completes journals intent before and outcome after each effect', async () => {
	const world = new ToyWorld();
	const { env, events } = toyEnv(world);
	const outcome = await run(env, toyRequest([setStep('stop'), { id: 'go', kind: 'wait', params: { key: 'stop' } }]));
	expect(outcome).toMatchObject({ result: 'done', exit: 0 });
	expect(world.eventNames()).toEqual([
		'run.started',
		'step.started stop',
		'step.intent stop',
		'step.done stop',
		'step.started go',
		'step.done go',
		'run.ended',
	]);
	expect(world.journal.entries.map(({ event }) => event.seq)).toEqual([1, 2, 3, 4, 5, 6, 7]);
	expect(events[0]).toMatchObject({ type: 'plan', steps: [{ status: 'change' }, { status: 'gate', waits: true }] });
});

test('nothing to do is said as already, without an intent', async () => {
	const world = new ToyWorld();
	world.values.set('stop', 1n);
	await run(toyEnv(world).env, toyRequest([setStep('stop')]));
	expect(world.eventNames()).not.toContain('step.intent stop');
	expect(world.journal.entries.at(-2)?.event).toMatchObject({ type: 'step.done', outcome: 'already' });
});

test('a second operator is refused while the first lives, and sees run, person, host, step, age and what to type', async () => {
	const world = new ToyWorld();
	await killedRun(world);
	world.clock.advance(3_000);
	const error = await caught(run(toyEnv(world, { operator: operator('bo') }).env, toyRequest(steps, { run: 'bbbb' })));
	expect(error.code).toBe('KDR_LOCKED');
	expect(error.message).toBe(
		'run 7f3a of link orders is open: ana@bastion (pid 1) is at step dns, last sign of life 3 s ago',
	);
	expect(error.hint).toContain('kdr runs takeover 7f3a --reason');
	const resumed = await caught(
		resume(toyEnv(world, { operator: operator('bo') }).env, { run: '7f3a', clusterIds: {} }),
	);
	expect(resumed.code).toBe('KDR_LOCKED');
});

test('a run of another link is refused by nobody and fences nobody', async () => {
	const world = new ToyWorld();
	await killedRun(world);
	world.clock.advance(3_000);
	const other = { ...toyRequest(steps, { run: 'bbbb' }), move: { ...toyRequest(steps).move, link: 'payments' } };
	const outcome = await run(
		toyEnv(world, { link: { ...toyEnv(world).env.link, name: 'payments' }, operator: operator('bo') }).env,
		other,
	);
	expect(outcome.result).toBe('done');
	world.clock.advance(60_000);
	expect((await resume(toyEnv(world).env, { run: '7f3a', clusterIds: {} })).result).toBe('done');
});

test('a silent open run still locks a new one, with the command to resume it', async () => {
	const world = new ToyWorld();
	await killedRun(world);
	world.clock.advance(16_000);
	const error = await caught(run(toyEnv(world).env, toyRequest(steps, { run: 'bbbb' })));
	expect(error.code).toBe('KDR_LOCKED');
	expect(error.hint).toContain('kdr runs resume 7f3a');
	expect(error.details).toMatchObject({ holder: 'silent', run: '7f3a' });
});

test('a holder whose process certainly is gone does not have to be waited for', async () => {
	const world = new ToyWorld();
	await killedRun(world);
	const { env } = toyEnv(world, { isGone: ({ pid }) => pid === 1 });
	expect(await resume(env, { run: '7f3a', clusterIds: {} })).toMatchObject({ result: 'done', exit: 0 });
});

test('who was fenced by a takeover never reaches the next effect', async () => {
	const world = new ToyWorld();
	const taken = Promise.withResolvers<void>();
	const reached = Promise.withResolvers<void>();
	const first = run(
		toyEnv(
			world,
			{},
			{
				async onApply(key) {
					if (key !== 'stop') return;
					reached.resolve();
					await taken.promise;
				},
			},
		).env,
		toyRequest(steps),
	);
	await reached.promise;
	const second = toyEnv(world, { operator: operator('bo') });
	const outcome = await resume(second.env, { run: '7f3a', clusterIds: {}, takeover: 'ana has left' });
	expect(outcome).toMatchObject({ result: 'done', exit: 0 });
	const done = [...world.applied];
	taken.resolve();
	const fenced = await first;
	expect(fenced).toMatchObject({ result: 'halted', exit: 5, goOn: 'kdr runs resume 7f3a' });
	expect(fenced.error?.code).toBe('KDR_FENCED_BY_OTHER');
	expect(world.applied).toEqual(done);
});

test('a heartbeat that finds itself fenced ends the waiting of the run at once', async () => {
	const world = new ToyWorld();
	const { env, beat } = toyEnv(world);
	let waits = 0;
	world.clock.onAdvance(async () => {
		waits++;
		if (waits === 2) {
			await world.journal.open('orders');
			beat();
		}
	});
	const outcome = await run(
		env,
		toyRequest([setStep('stop'), { id: 'lag', kind: 'wait', params: { key: 'never', within: 3_600_000 } }]),
	);
	expect(outcome).toMatchObject({ result: 'halted', exit: 5 });
	expect(outcome.error?.code).toBe('KDR_FENCED_BY_OTHER');
	expect(waits).toBeLessThan(20);
});

test('heartbeats are journalled with who and at which step, and never tear an event of the run apart', async () => {
	const world = new ToyWorld();
	const toy = toyEnv(world, {}, { onApply: () => toy.beat() });
	const outcome = await run(toy.env, toyRequest(steps));
	expect(outcome.result).toBe('done');
	expect(world.eventNames().filter((name) => name === 'run.heartbeat stop')).toHaveLength(1);
	expect(foldRuns(world.journal.entries).runs[0]).toMatchObject({ ended: { result: 'done' } });
});

test('items that fail alone make the step partial, the run continues and ends incomplete with exit 5, naming them', async () => {
	const world = new ToyWorld();
	world.refusing.add('offsets/billing');
	const partial = setStep('offsets', { params: { key: 'offsets', items: ['billing', 'search'] } });
	const request = toyRequest([partial, setStep('dns', { pointOfNoReturn: true })]);
	const outcome = await run(toyEnv(world).env, request);
	expect(outcome).toMatchObject({ result: 'incomplete', exit: 5 });
	expect(outcome.error?.code).toBe('KDR_INCOMPLETE');
	expect(outcome.error?.message).toContain('offsets/billing');
	expect(world.effects).toEqual(['offsets/search=1', 'dns=1']);
	world.refusing.clear();
	expect(await resume(toyEnv(world).env, { run: '7f3a', clusterIds: {} })).toMatchObject({ result: 'done', exit: 0 });
	expect(world.effects).toEqual(['offsets/search=1', 'dns=1', 'offsets/billing=1']);
});

test('a gate waits for its checks, says what for, and gives up at its deadline with the code of the check', async () => {
	const world = new ToyWorld();
	const { env, events } = toyEnv(world);
	const before = world.clock.monotonic();
	const outcome = await run(
		env,
		toyRequest([{ id: 'lag', kind: 'wait', params: { key: 'drained', within: 5_000 } }, setStep('dns')]),
	);
	expect(outcome).toMatchObject({ result: 'refused', exit: 3 });
	expect(outcome.error?.code).toBe('KDR_NOT_DRAINED');
	expect(world.clock.monotonic() - before).toBe(5_000);
	expect(events).toContainEqual({ type: 'progress', step: 'lag', text: 'waiting: drained: absent, wanted 1' });
	expect(world.effects).toEqual([]);
});

test('a gate passes as soon as the world is ready', async () => {
	const world = new ToyWorld();
	const before = world.clock.monotonic();
	world.clock.onAdvance(() => {
		if (world.clock.monotonic() - before >= 1_000) world.values.set('drained', 1n);
	});
	const outcome = await run(toyEnv(world).env, toyRequest([{ id: 'lag', kind: 'wait', params: { key: 'drained' } }]));
	expect(outcome.result).toBe('done');
	expect(world.clock.monotonic() - before).toBe(1_000);
});

test('gates that ask for it are asked again right before the point of no return, and stop it', async () => {
	const world = new ToyWorld();
	world.values.set('drained', 1n);
	const onApply = (key: string) => void (key === 'offsets' && world.values.set('drained', 2n));
	const gates = [
		{ id: 'lag', kind: 'ask', params: { key: 'drained', within: 0 } },
		{ id: 'once', kind: 'wait', params: { key: 'drained', within: 0 } },
	];
	const request = toyRequest([...gates, setStep('offsets'), setStep('dns', { pointOfNoReturn: true })]);
	const asked: string[] = [];
	const outcome = await run(toyEnv(world, {}, { onApply, onAsk: (key) => asked.push(key) }).env, request);
	expect(outcome).toMatchObject({ result: 'halted', exit: 5 });
	expect(outcome.error?.message).toContain('halted at dns: drained: 2, wanted 1');
	expect(world.values.has('dns')).toBe(false);
	// Twice in the plan, twice on the way, and again before the point of no return.
	expect(asked).toHaveLength(5);
});

test('an error after a write halts with exit 5 and says what changed, what did not and how to resume', async () => {
	const world = new ToyWorld();
	world.deaf.add('dns');
	const outcome = await run(toyEnv(world).env, toyRequest(steps));
	expect(outcome).toMatchObject({ result: 'halted', exit: 5, goOn: 'kdr runs resume 7f3a' });
	expect(outcome.error?.code).toBe('KDR_STEP_FAILED');
	expect(outcome.error?.details).toMatchObject({
		step: 'dns',
		changed: ['stop: set stop'],
		mayHaveChanged: ['dns: set dns'],
		notChanged: ['open'],
		goOn: 'kdr runs resume 7f3a',
	});
	expect(world.journal.entries.at(-2)?.event).toMatchObject({
		type: 'step.failed',
		step: 'dns',
		worldMayHaveChanged: true,
	});
	world.deaf.clear();
	expect(await resume(toyEnv(world).env, { run: '7f3a', clusterIds: {} })).toMatchObject({ result: 'done' });
});

test('a write whose outcome cannot be learnt ends with exit 6; one that shows in the world continues', async () => {
	const unknown = () => {
		throw new KdrError('KDR_OUTCOME_UNKNOWN', 'no reply', { worldMayHaveChanged: true });
	};
	const world = new ToyWorld();
	const outcome = await run(toyEnv(world, {}, { onApply: unknown }).env, toyRequest(steps));
	expect(outcome).toMatchObject({ result: 'halted', exit: 6 });
	expect(outcome.error?.code).toBe('KDR_OUTCOME_UNKNOWN');
	const other = new ToyWorld();
	const happened = (key: string) => {
		other.set(key, 1n);
		unknown();
	};
	expect(await run(toyEnv(other, {}, { onApply: happened }).env, toyRequest(steps))).toMatchObject({
		result: 'done',
		exit: 0,
	});
});

test('a check that blocks refuses the plan before consent is asked and before anything is journalled', async () => {
	const world = new ToyWorld();
	world.values.set('bad', 1n);
	let asked = false;
	const consent = async () => {
		asked = true;
		return {};
	};
	const error = await caught(run(toyEnv(world, { consent }).env, toyRequest(steps)));
	expect(error.exit).toBe(3);
	expect(error.message).toContain('stop: bad: there');
	expect(asked).toBe(false);
	expect(world.journal.entries).toEqual([]);
});

test('a check that blocks on the way, before any write, ends refused with the exit of its code', async () => {
	const world = new ToyWorld();
	const consent = async () => {
		world.values.set('bad', 1n);
		return {};
	};
	const outcome = await run(toyEnv(world, { consent }).env, toyRequest(steps));
	expect(outcome).toMatchObject({ result: 'refused', exit: 3 });
	expect(world.applied).toEqual([]);
});

test('consent refused writes nothing at all', async () => {
	const world = new ToyWorld();
	const consent = async () => {
		throw new KdrError('KDR_DECLINED', 'declined');
	};
	const error = await caught(run(toyEnv(world, { consent }).env, toyRequest(steps)));
	expect(error.code).toBe('KDR_DECLINED');
	expect(error.exit).toBe(4);
	expect(world.journal.entries).toEqual([]);
	expect(world.applied).toEqual([]);
});

test('who starts while another is still thinking about consent wins; the thinker is refused and fences nobody', async () => {
	const world = new ToyWorld();
	const consent = async () => {
		await killedRun(world);
		return {};
	};
	const error = await caught(run(toyEnv(world, { consent }).env, toyRequest(steps, { run: 'bbbb' })));
	expect(error.code).toBe('KDR_LOCKED');
	expect(world.opened).toBe(1);
});

test.each([
	['SIGINT', 130],
	['SIGTERM', 143],
])('%s during an effect lets it finish and be proven, journals the end and exits %i', async (signal, exit) => {
	const world = new ToyWorld();
	const toy = toyEnv(world, {}, { onApply: (key) => void (key === 'stop' && toy.abort.abort(signal)) });
	const outcome = await run(toy.env, toyRequest(steps));
	expect(outcome).toMatchObject({ result: 'interrupted', exit, goOn: 'kdr runs resume 7f3a' });
	expect(world.eventNames().slice(-2)).toEqual(['step.done stop', 'run.ended']);
	expect(world.effects).toEqual(['stop=1']);
	expect(await resume(toyEnv(world).env, { run: '7f3a', clusterIds: {} })).toMatchObject({ result: 'done' });
	expect(world.effects).toEqual(['stop=1', 'dns=1', 'open=1']);
});

test('an interrupt while a gate waits ends the wait, and one before the first event leaves nothing behind', async () => {
	const world = new ToyWorld();
	const toy = toyEnv(world);
	world.clock.onAdvance(() => toy.abort.abort('SIGINT'));
	const gate = { id: 'lag', kind: 'wait', params: { key: 'never', within: 3_600_000 } };
	expect(await run(toy.env, toyRequest([gate]))).toMatchObject({ result: 'interrupted', exit: 130 });
	expect(world.eventNames().at(-1)).toBe('run.ended');
	const early = new ToyWorld();
	const outcome = await run(toyEnv(early, { signal: AbortSignal.abort('SIGINT') }).env, toyRequest([gate]));
	expect(outcome).toEqual({ run: '7f3a', result: 'interrupted', exit: 130 });
	expect(early.journal.entries).toEqual([]);
});

test('a reading cut short by the interrupt is no failure, whatever it throws', async () => {
	const world = new ToyWorld();
	let asked = 0;
	const onAsk = () => {
		if (++asked < 2) return;
		toy.abort.abort('SIGINT');
		throw new KdrError('KDR_TIMEOUT', 'no answer');
	};
	const toy = toyEnv(world, {}, { onAsk });
	const outcome = await run(toy.env, toyRequest([{ id: 'lag', kind: 'wait', params: { key: 'never' } }]));
	expect(outcome).toMatchObject({ result: 'interrupted', exit: 130 });
});

test('a step stopped after its effect is done by the recorded change, even when its own checks no longer fit the world', async () => {
	const world = new ToyWorld();
	world.deaf.add('dns');
	await run(toyEnv(world).env, toyRequest(steps));
	world.deaf.clear();
	world.set('dns', 1n);
	const { env } = toyEnv(world);
	const set = env.registry.get('set');
	const check = (facts: Map<string, bigint>, { key }: { key: string }) =>
		facts.has(key) ? [{ code: 'KDR_DRIFT', status: 'block', what: key, observed: 'there' }] : [];
	const registry = new Map([...env.registry, ['set', { ...set, check } as never]]);
	expect(await resume({ ...env, registry }, { run: '7f3a', clusterIds: {} })).toMatchObject({ result: 'done' });
	expect(world.applied).toEqual(['stop', 'dns', 'open']);
});

test('a step that needs the dead cluster is skipped in plan and run, with its cost, never silently', async () => {
	const world = new ToyWorld();
	const { env, events } = toyEnv(world, { fromAlive: false });
	const fence = setStep('fence', { needs: ['from'], skipCosts: 'writers may come back with east' });
	const outcome = await run(env, toyRequest([fence, setStep('dns', { pointOfNoReturn: true })]));
	expect(outcome.result).toBe('done');
	expect(events[0]).toMatchObject({
		steps: [{ status: 'skipped', summary: { after: 'skipped: writers may come back with east' } }, {}],
	});
	expect(outcome.state?.steps[0]).toMatchObject({ outcome: 'skipped' });
	expect(world.effects).toEqual(['dns=1']);
});

test('outputs reach later steps, and reach them after a resume through the journal', async () => {
	const world = new ToyWorld();
	const request = toyRequest([
		{ id: 'measure', kind: 'measure', params: {} },
		setStep('stop'),
		{ id: 'use', kind: 'use', params: { key: 'answer' } },
	]);
	const toy = toyEnv(world, {}, { onApply: () => toy.abort.abort('SIGINT') });
	await run(toy.env, request);
	expect(world.values.has('answer')).toBe(false);
	await resume(toyEnv(world).env, { run: '7f3a', clusterIds: {} });
	expect(world.values.get('answer')).toBe(7n);
});

test('an event whose reply was lost is not written twice; one that never arrived is written again', async () => {
	const world = new ToyWorld();
	let calls = 0;
	const flaky: Journal = {
		read: (link) => world.journal.read(link),
		signal: (id, signal) => world.journal.signal(id, signal),
		signals: (id, from) => world.journal.signals(id, from),
		async open(link) {
			const writer = await world.journal.open(link);
			const append: typeof writer.append = async (id, events) => {
				calls++;
				if (calls % 3 !== 0) await writer.append(id, events);
				if (calls % 2 === 0 || calls % 3 === 0) throw new KdrError('KDR_OUTCOME_UNKNOWN', 'no reply');
			};
			return { append, close: async () => {} };
		},
	};
	const outcome = await run(toyEnv(world, { journal: flaky }).env, toyRequest(steps));
	expect(outcome.result).toBe('done');
	const seqs = world.journal.entries.map(({ event }) => event.seq);
	expect(seqs).toEqual(seqs.map((_seq, index) => index + 1));
});

test('a journal that takes nothing keeps the effect from happening', async () => {
	const world = new ToyWorld();
	const broken: Journal = {
		read: (link) => world.journal.read(link),
		signal: (id, signal) => world.journal.signal(id, signal),
		signals: (id, from) => world.journal.signals(id, from),
		async open(link) {
			const writer = await world.journal.open(link);
			const append: typeof writer.append = async (id, events) => {
				if (events.some(({ type }) => type === 'step.intent'))
					throw new KdrError('KDR_CLUSTER_UNREACHABLE', 'west does not answer');
				await writer.append(id, events);
			};
			return { append, close: async () => {} };
		},
	};
	const outcome = await run(toyEnv(world, { journal: broken }).env, toyRequest(steps));
	expect(outcome.error?.code).toBe('KDR_JOURNAL_BROKEN');
	expect(world.applied).toEqual([]);
});

test("a step's end becomes durable with the next one's start or the run's end, and no effect comes before what was said so far", async () => {
	const world = new ToyWorld();
	const { wrapWriter } = world.journal;
	const together: string[][] = [];
	const effects: [string, number][] = [];
	world.journal.wrapWriter = (writer) => ({
		...wrapWriter(writer),
		append: async (id, events) => {
			// As slow as a real one.
			for (let turn = 0; turn < 20; turn++) await Promise.resolve();
			await writer.append(id, events);
			together.push(
				events.map((event) => ('step' in event && event.step ? `${event.type} ${event.step}` : event.type)),
			);
		},
	});
	const onApply = (key: string) => void effects.push([key, together.flat().indexOf(`step.intent ${key}`)]);
	await run(toyEnv(world, {}, { onApply }).env, toyRequest(steps));
	expect(together.slice(-3)).toEqual([
		['step.done dns', 'step.started open'],
		['step.intent open'],
		['step.done open', 'run.ended'],
	]);
	expect(effects.map(([key]) => key)).toEqual(['stop', 'dns', 'open']);
	for (const [key, at] of effects) expect(at, `${key}'s intent is durable before its effect`).toBeGreaterThan(0);
});

test("a journal that does not take a step's end keeps the next effect from happening", async () => {
	const world = new ToyWorld();
	const { wrapWriter } = world.journal;
	world.journal.wrapWriter = (writer) => ({
		...wrapWriter(writer),
		append: async (id, events) => {
			if (events.some(({ type }) => type === 'step.done'))
				throw new KdrError('KDR_CLUSTER_UNREACHABLE', 'west does not answer');
			await writer.append(id, events);
		},
	});
	const outcome = await run(toyEnv(world).env, toyRequest(steps));
	expect(outcome).toMatchObject({ result: 'halted', exit: 5, error: { code: 'KDR_JOURNAL_BROKEN' } });
	expect(world.applied).toEqual(['stop']);
});

test('a run that is done, unknown, of other clusters or overtaken is not resumed', async () => {
	const world = new ToyWorld();
	const resumeOf = (id: string, clusterIds = {}) => caught(resume(toyEnv(world).env, { run: id, clusterIds }));
	world.deaf.add('dns');
	await run(toyEnv(world).env, toyRequest(steps, { run: 'old' }));
	expect((await resumeOf('nope')).code).toBe('KDR_RUN_UNKNOWN');
	expect((await resumeOf('old', { west: 'another' })).code).toBe('KDR_CLUSTER_WRONG');
	await run(toyEnv(world).env, toyRequest([setStep('other')], { run: 'new' }));
	expect((await resumeOf('new')).code).toBe('KDR_RUN_ENDED');
	expect((await resumeOf('old')).code).toBe('KDR_RUN_OVERTAKEN');
});

test('a run left open can be ended for a new one, with the reason in both', async () => {
	const world = new ToyWorld();
	await killedRun(world);
	const request = toyRequest([setStep('failover')], { run: 'bbbb', supersede: 'east died meanwhile' });
	expect(await run(toyEnv(world).env, request)).toMatchObject({ result: 'done' });
	const old = foldRuns(world.journal.entries).runs.find((state) => state.run === '7f3a');
	expect(old?.ended).toMatchObject({ result: 'halted', error: { message: 'ended for run bbbb: east died meanwhile' } });
});

test('a plan whose facts cannot be read says which step and why, and the others still plan', async () => {
	const world = new ToyWorld();
	const { env } = toyEnv(world);
	const broken = {
		...env.registry.get('set'),
		kind: 'broken',
		observe: () => Promise.reject(new KdrError('KDR_AUTH_FAILED', 'wrong password')),
	};
	const registry = new Map([...env.registry, ['broken', broken as never]]);
	const request = toyRequest([{ id: 'broken', kind: 'broken', params: { key: 'x' } }, setStep('dns')]);
	const plan = await preview({ ...env, registry }, request);
	expect(plan).toMatchObject([
		{ status: 'failed', checks: [{ code: 'KDR_AUTH_FAILED', status: 'block' }] },
		{ status: 'change' },
	]);
	expect((await caught(run({ ...env, registry }, request))).code).toBe('KDR_AUTH_FAILED');
	expect(world.journal.entries).toEqual([]);
});
