import { afterAll, expect, test } from 'vitest';
import { KdrError } from '../../src/domain/errors/kdr-error.ts';
import type { RunStep } from '../../src/domain/run/events.ts';
import { type CrashSubject, surviveEveryCrash } from '../support/crash.ts';
import { setStep, type ToyWorld, toyKinds, toyRequest, toySubject } from '../support/toy.ts';

/** What a runbook of one's own may add: steps at the same time, retries, hooks. */
const steps: RunStep[] = [
	setStep('hush'),
	setStep('stop', { group: 'g', retries: 2 }),
	{ id: 'measure', kind: 'measure', params: {}, group: 'g' },
	setStep('offsets', { group: 'g', params: { key: 'offsets', items: ['a', 'b'] } }),
	{ id: 'record', kind: 'use', params: { key: 'record' } },
	setStep('dns', { pointOfNoReturn: true, retries: 1 }),
	setStep('open', { group: 'h' }),
	setStep('tell', { group: 'h' }),
];
const survived: string[] = [];
afterAll(() => void process.stdout.write(`crash points survived: ${survived.join(', ')}\n`));

const subject: CrashSubject<ToyWorld> = { ...toySubject(steps), picture: (world) => [...world.values].sort() };

async function survive(name: string, what: CrashSubject<ToyWorld>, options = {}): Promise<number> {
	const count = await surviveEveryCrash(what, options);
	survived.push(`${name} ${count}`);
	return count;
}

test('a run killed anywhere within a group of steps resumes the rest of it and ends in the same world', async () => {
	expect(await survive('parallel', subject)).toBeGreaterThan(100);
});

test('the same when the resume is killed within the group again', async () => {
	const short = { ...subject, request: toyRequest(steps.filter(({ id }) => ['stop', 'offsets', 'dns'].includes(id))) };
	expect(await survive('parallel, pairs', short, { twice: true })).toBeGreaterThan(300);
});

test('a run killed around a failed attempt, or while its hooks on failure run, can be resumed', async () => {
	const failed = new WeakSet<ToyWorld>();
	const flaky: CrashSubject<ToyWorld> = {
		...subject,
		request: toyRequest([setStep('stop', { retries: 1 }), setStep('dns', { pointOfNoReturn: true })], {
			onFailure: [setStep('page')],
		}),
		env(world, crasher) {
			const env = subject.env(world, crasher);
			const onApply = async (key: string) => {
				await crasher.around(`setting ${key}`, async () => {});
				if (key !== 'stop' || failed.has(world)) return;
				failed.add(world);
				throw new KdrError('KDR_TIMEOUT', 'no answer');
			};
			return { ...env, registry: toyKinds(world, { onApply }) };
		},
		// How often a hook on failure ran may differ: it runs once per halt.
		picture: (world) => [...world.values].filter(([key]) => key !== 'page').sort(),
	};
	expect(await survive('retries and hooks, pairs', flaky, { twice: true })).toBeGreaterThan(300);
});
