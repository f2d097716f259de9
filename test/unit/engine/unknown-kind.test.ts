import { expect, test } from 'vitest';
import { z } from 'zod';
import { resume, run } from '../../../src/engine/execute.ts';
import { setStep, ToyWorld, toyEnv, toyRequest } from '../../support/toy.ts';

const waiting = { id: 'wait', kind: 'wait', params: { key: 'late', within: 1 } };

/** A run of a newer kdr, whose third step this one does not know or not with such parameters, halted before the fence. */
async function halted(strange: { kind: string; params: Record<string, unknown> }): Promise<ToyWorld> {
	const world = new ToyWorld();
	const { env } = toyEnv(world);
	const registry = new Map(env.registry);
	const set = env.registry.get('set');
	if (set?.type !== 'change') throw new Error('no such toy');
	registry.set('brand-new', { ...set, kind: 'brand-new' });
	registry.set('set', { ...set, params: z.looseObject({ ...(set.params as z.ZodObject).shape }) });
	const later = [setStep('fence'), { id: 'strange', ...strange }, setStep('dns', { pointOfNoReturn: true })];
	const steps = [setStep('first'), waiting, ...later];
	expect(await run({ ...env, registry }, toyRequest(steps))).toMatchObject({ result: 'halted' });
	world.set('late', 1n);
	world.effects.length = 0;
	return world;
}

test.each([
	['a kind', { kind: 'brand-new', params: { key: 'x' } }],
	['parameters', { kind: 'set', params: { key: 'x', colour: 'red' } }],
])(
	'%s of a newer kdr in a later step refuse the resume before anything is touched, not after the fence',
	async (_name, strange) => {
		const world = await halted(strange);
		const before = world.journal.entries.length;
		await expect(resume(toyEnv(world).env, { run: '7f3a', clusterIds: {} })).rejects.toMatchObject({
			code: 'KDR_RUNBOOK_INVALID',
			message: expect.stringContaining('step strange'),
		});
		expect(world.effects).toEqual([]);
		expect(world.journal.entries.length).toBe(before);
	},
);
