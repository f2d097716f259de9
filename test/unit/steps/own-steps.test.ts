import { expect, test } from 'vitest';
import { systemPrograms } from '../../../src/adapters/system/programs.ts';
import { secretVariables } from '../../../src/domain/config/secret-variables.ts';
import type { RunStep } from '../../../src/domain/run/events.ts';
import type { EngineEnv } from '../../../src/engine/env.ts';
import { resume, run, undo } from '../../../src/engine/execute.ts';
import { preview } from '../../../src/engine/preview.ts';
import { exec as execKind } from '../../../src/steps/exec.ts';
import { context, type Estate, eastToWest, estate, ioOf, processOf, request } from '../../support/estate.ts';

const move = { ...eastToWest, mode: 'change' as const };
const announced: RunStep = { id: 'announced', kind: 'manual', params: { text: 'Tell them.', type: 'done' } };
const exec = (params: object, more: Partial<RunStep> = {}): RunStep => ({
	id: 'own',
	kind: 'exec',
	params: { run: ['own', '$(id)'], ...params },
	...more,
});

const start = (here: Estate, steps: RunStep[], changes: Partial<EngineEnv> = {}) =>
	run(processOf(here, move, changes), request('r1', move, steps));
const resumed = (here: Estate, changes: Partial<EngineEnv> = {}) =>
	resume(processOf(here, move, changes), { run: 'r1', clusterIds: {} });

test('a manual step that nobody can approve halts the run as pending, after a write too, and its approval lets it continue', async () => {
	const here = estate();
	const halted = await start(here, [exec({}), announced]);
	expect(halted).toMatchObject({
		result: 'halted',
		exit: 8,
		error: { code: 'KDR_APPROVAL_PENDING', hint: 'kdr runs resume r1 --approve announced' },
	});
	const asked: string[] = [];
	const done = await resumed(here, {
		approve: async ({ step, text, word }) => {
			asked.push(`${step}: ${text} ${word}`);
			return 'approved by ana';
		},
	});
	expect(done).toMatchObject({ result: 'done', exit: 0 });
	expect(asked).toEqual(['announced: Tell them. done']);
	expect(done.state?.steps.at(-1)?.checks).toMatchObject([{ status: 'pass', observed: 'approved by ana' }]);
	expect(here.world.programs.ran).toHaveLength(1);
});

test('a plan asks nobody and runs no program but the one that only looks', async () => {
	const here = estate();
	const env = processOf(here, move, { approve: () => Promise.reject(new Error('asked')) });
	await preview(env, { move, steps: [announced, exec({ done: ['look'] })], consent: {} });
	expect(here.world.programs.ran.map(({ argv }) => argv)).toEqual([['look']]);
});

test('a program gets its arguments as they are, and the run in its environment', async () => {
	const here = estate();
	await expect(start(here, [exec({})])).resolves.toMatchObject({ result: 'done' });
	expect(here.world.programs.ran).toEqual([
		{
			argv: ['own', '$(id)'],
			env: {
				KDR_RUN: 'r1',
				KDR_STEP: 'own',
				KDR_LINK: 'orders',
				KDR_FROM: 'east',
				KDR_TO: 'west',
				KDR_MODE: 'change',
				KDR_FROM_ALIVE: 'true',
			},
		},
	]);
});

test('a program that fails halts the run with its output, made safe to show, and runs again when the run is resumed', async () => {
	const here = estate();
	here.world.programs.answer = () => ({ code: 3, output: 'no \u001b[31mdisk\n' });
	const halted = await start(here, [exec({}), announced]);
	expect(halted).toMatchObject({ result: 'halted', exit: 5 });
	expect(halted.error?.message).toContain('exit 3: no \\x1b[31mdisk');
	here.world.programs.answer = () => ({ code: 0, output: '' });
	await expect(resumed(here)).resolves.toMatchObject({ exit: 8 });
	expect(here.world.programs.ran).toHaveLength(2);
});

test('a program that its own look says was done is not run', async () => {
	const here = estate();
	await expect(start(here, [exec({ done: ['look'] })])).resolves.toMatchObject({ result: 'done' });
	expect(here.world.programs.ran.map(({ argv }) => argv[0])).not.toContain('own');
});

test('a step whose when does not hold is skipped and says so; one whose when holds is done', async () => {
	const here = estate();
	const steps = [
		exec({}, { id: 'dead-only', when: { from: 'dead' } }),
		exec({}, { id: 'failover-only', when: { mode: ['failover'] } }),
		exec({}, { id: 'here', when: { mode: ['change'], from: 'alive' } }),
	];
	const { state } = await start(here, steps);
	expect(state?.steps.map(({ outcome }) => outcome)).toEqual(['skipped', 'skipped', 'applied']);
	expect(state?.steps[0]?.summary?.after).toBe('skipped: its when does not hold');
	expect(here.world.programs.ran).toHaveLength(1);
});

test('a timeout replaces how long a gate waits', async () => {
	const here = estate();
	here.connect.fail('east-to-west-source', 'stuck');
	here.east.produce('User:app', 'orders', 0, { key: 'k', value: 'v' });
	const begun = here.world.clock.monotonic();
	const halted = await start(here, [{ id: 'drain', kind: 'drain', params: {}, timeoutMs: 2_000 }]);
	expect(halted.error?.code).toBe('KDR_NOT_DRAINED');
	expect(here.world.clock.monotonic() - begun).toBeLessThan(10_000);
});

const programs = systemPrograms(new Set());
const options = (within = 5_000, signal = new AbortController().signal) => ({
	env: { KDR_STEP: 'own' },
	within,
	signal,
});

test('a real program: no shell, its environment, the end of its output, its exit code', async () => {
	await expect(programs.run(['printf', '%s', '$(id) $KDR_STEP'], options())).resolves.toEqual({
		code: 0,
		output: '$(id) $KDR_STEP',
	});
	await expect(programs.run(['sh', '-c', 'echo "$KDR_STEP"; exit 7'], options())).resolves.toEqual({
		code: 7,
		output: 'own\n',
	});
	const long = await programs.run(['sh', '-c', 'head -c 100000 /dev/zero | tr "\\0" x; echo end'], options());
	expect(long.output).toHaveLength(4_096);
	expect(long.output.endsWith('xend\n')).toBe(true);
	await expect(programs.run(['/nonesuch'], options())).rejects.toMatchObject({ code: 'KDR_PROGRAM_FAILED' });
});

test('a real program that does not end in time is killed with all it started, and so is one whose run is interrupted', async () => {
	await expect(programs.run(['sh', '-c', 'sleep 60 & sleep 60'], options(200))).resolves.toMatchObject({
		code: null,
		killed: 'time',
	});
	const stop = new AbortController();
	const running = programs.run(['sleep', '60'], options(60_000, stop.signal));
	stop.abort('SIGINT');
	await expect(running).resolves.toMatchObject({ code: null, killed: 'signal' });
});

test('a daemon that a program leaves behind does not keep the run', async () => {
	await expect(programs.run(['sh', '-c', 'sleep 5 & echo started'], options())).resolves.toEqual({
		code: 0,
		output: 'started\n',
	});
});

test('a program is undone by its undo program; without one the check says that its effect remains', async () => {
	const here = estate();
	const change = { run: ['own'], back: ['back'], within: 1_000 };
	const journalled: unknown[] = [];
	const ctx = context({ record: async (seen) => void journalled.push(seen), evidence: () => journalled });
	if (!('of' in execKind.undo)) throw new Error('exec can be undone');
	const back = execKind.undo.of(change);
	await execKind.apply(back, ioOf(here), ctx);
	expect(here.world.programs.ran.map(({ argv }) => argv)).toEqual([['back']]);
	expect(execKind.undo.undone?.({ done: null }, back, { run: ['own'], within: 1_000 }, ctx, [])).toMatchObject([
		{ status: 'pass' },
	]);
	const none = execKind.undo.of({ ...change, back: [] });
	await execKind.apply(none, ioOf(here), ctx);
	expect(here.world.programs.ran).toHaveLength(1);
	expect(execKind.undo.undone?.({ done: null }, none, { run: ['own'], within: 1_000 }, ctx, [])).toMatchObject([
		{ status: 'warn' },
	]);
});

test('a run with a program is undone to its end: that the undo program ended well is in the journal, not in memory', async () => {
	const here = estate();
	await start(here, [exec({ run: ['pause-batch'], undo: ['resume-batch'] })]);
	const undone = await undo(processOf(here, move), {
		run: 'u1',
		undoes: 'r1',
		command: 'kdr runs undo r1',
		consent: {},
		clusterIds: {},
		whole: true,
	});
	expect(undone).toMatchObject({ result: 'done', exit: 0 });
	expect(here.world.programs.ran.map(({ argv }) => argv)).toEqual([['pause-batch'], ['resume-batch']]);
});

test('a program that ended well before its process was killed is not run again by the next process', async () => {
	const here = estate();
	const env = processOf(here, move);
	const killed: EngineEnv['journal'] = {
		...env.journal,
		open: async (link) => {
			const writer = await env.journal.open(link);
			return {
				close: () => writer.close(),
				append: async (id, events) => {
					if (events.some(({ type }) => type === 'step.done')) await new Promise(() => {});
					await writer.append(id, events);
				},
			};
		},
	};
	void start(here, [exec({})], { journal: killed });
	await expect.poll(async () => (await env.journal.read()).at(-1)?.event.type).toBe('step.evidence');
	here.world.clock.advance(60_000);
	await expect(resumed(here)).resolves.toMatchObject({ result: 'done' });
	expect(here.world.programs.ran).toHaveLength(1);
});

test('a program whose first copy began and is not known to have ended is not started until that one must be gone', async () => {
	const here = estate();
	const change = { run: ['own'], back: [], within: 1_000 };
	const waitedAfter = async (...journalled: unknown[]): Promise<number> => {
		const ctx = context({ record: async (seen) => void journalled.push(seen), evidence: () => journalled });
		const begun = here.world.clock.monotonic();
		await execKind.apply(change, ioOf(here), ctx);
		return here.world.clock.monotonic() - begun;
	};
	expect(await waitedAfter()).toBe(0);
	expect(await waitedAfter({ began: ['own'] })).toBeGreaterThan(5_000);
	expect(await waitedAfter({ began: ['own'] }, { failed: ['own'] })).toBe(0);
	expect(await waitedAfter({ began: ['another'] })).toBe(0);
});

test('every variable that a configuration takes a secret from is known', () => {
	const config = { clusters: { east: { sasl: { password: { env: 'EAST' } }, tls: { key: { file: 'x' } } } } };
	expect([...secretVariables({ ...config, links: [{ dns: { secret: { env: 'DNS' } } }] })]).toEqual(['EAST', 'DNS']);
});
