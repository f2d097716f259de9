import { expect, test } from 'vitest';
import { resume, run } from '../../../src/engine/execute.ts';
import { operator, setStep, ToyWorld, toyEnv, toyRequest } from '../../support/toy.ts';

test('a holder that was overtaken in the middle of a long apply stops between two items', async () => {
	const world = new ToyWorld();
	const done: string[] = [];
	const [asleep, woken] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
	const ana = toyEnv(
		world,
		{ operator: operator('ana', 1) },
		{
			async onApply(key) {
				if (key === 'o/b') {
					asleep.resolve();
					await woken.promise;
				}
				done.push(`ana ${key}`);
			},
		},
	);
	const steps = [setStep('offsets', { params: { key: 'o', items: ['a', 'b', 'c', 'd'] } })];
	const overtaken = run(ana.env, toyRequest(steps, { run: '7f3a' }));
	await asleep.promise;
	world.clock.advance(60_000);
	const bo = toyEnv(world, { operator: operator('bo', 2) }, { onApply: (key) => void done.push(`bo ${key}`) });
	const successor = await resume(bo.env, { run: '7f3a', clusterIds: {}, takeover: 'her laptop sleeps' });
	expect(successor.result).toBe('done');
	woken.resolve();
	expect((await overtaken).error?.message).toContain('another operator');
	// The call under way when it lost the lease ends; the next two items are never touched.
	expect(done.filter((what) => what.startsWith('ana'))).toEqual(['ana o/a', 'ana o/b']);
});
