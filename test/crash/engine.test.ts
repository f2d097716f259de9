import { expect, test } from 'vitest';
import type { RunStep } from '../../src/domain/run/events.ts';
import { type CrashSubject, surviveEveryCrash } from '../support/crash.ts';
import { setStep, type ToyWorld, toyRequest, toySubject } from '../support/toy.ts';

const steps: RunStep[] = [
	setStep('stop'),
	{ id: 'drained', kind: 'ask', params: { key: 'stop' } },
	{ id: 'measure', kind: 'measure', params: {} },
	setStep('offsets', { params: { key: 'offsets', items: ['a', 'b', 'c'] } }),
	{ id: 'record', kind: 'use', params: { key: 'record' } },
	setStep('dns', { pointOfNoReturn: true }),
	setStep('open'),
];

const once = toySubject(steps);
const subject: CrashSubject<ToyWorld> = {
	...once,
	inspect(world, crash) {
		once.inspect(world, crash);
		const ended = world.journal.entries.filter(({ event }) => event.type === 'run.ended' && event.result === 'done');
		expect(ended.length, `ends after ${crash}`).toBe(1);
	},
};

test('a run killed at any journal event or around any effect ends, resumed, in the same world with no effect twice', async () => {
	const survived = await surviveEveryCrash(subject);
	process.stdout.write(`crash points survived: ${survived}\n`);
	expect(survived).toBeGreaterThan(60);
}, 30_000);

test('a resume that is itself killed anywhere still converges', async () => {
	const short = steps.filter(({ id }) => ['stop', 'dns'].includes(id));
	const survived = await surviveEveryCrash({ ...subject, request: toyRequest(short) }, { twice: true });
	process.stdout.write(`crash points survived, pairs included: ${survived}\n`);
	expect(survived).toBeGreaterThan(300);
}, 30_000);

test('an apply that ended before the crash is not called again', async () => {
	await surviveEveryCrash({
		...subject,
		inspect(world, crash) {
			if (!crash.startsWith('after apply')) return;
			expect(world.applied.length, crash).toBe(5);
		},
	});
}, 30_000);

test('the harness notices a step that takes its own word for it: the effect that never happened is missed', async () => {
	const lying: CrashSubject<ToyWorld> = {
		...subject,
		request: toyRequest([setStep('stop'), setStep('dns')]),
		env(world, crasher) {
			const env = subject.env(world, crasher);
			const registry = new Map(
				[...env.registry].map(([name, kind]) => [name, kind.type === 'gate' ? kind : { ...kind, verify: () => [] }]),
			);
			return { ...env, registry };
		},
	};
	await expect(surviveEveryCrash(lying)).rejects.toThrow(/the world ends as/);
});
