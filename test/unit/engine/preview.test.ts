import { expect, test } from 'vitest';
import { KdrError } from '../../../src/domain/errors/kdr-error.ts';
import { preview } from '../../../src/engine/preview.ts';
import type { AnyKind, StepContext, StepIo } from '../../../src/steps/kind.ts';
import { setStep, ToyWorld, toyEnv, toyRequest } from '../../support/toy.ts';

/** A plan of one step whose first `silent` readings fail with `code`; how often it was read. */
async function planOf(code: 'KDR_TIMEOUT' | 'KDR_AUTH_FAILED', silent: number) {
	const { env } = toyEnv(new ToyWorld());
	const set = env.registry.get('set');
	if (!set) throw new Error('the toys have no kind named set');
	let read = 0;
	const observe = (params: unknown, io: StepIo, ctx: StepContext) => {
		read++;
		if (read <= silent) throw new KdrError(code, 'west: could not list ACLs: no answer within 5000 ms');
		return set.observe(params, io, ctx);
	};
	const registry = new Map([...env.registry, ['set', { ...set, observe } as AnyKind]]);
	const [planned] = await preview({ ...env, registry }, toyRequest([setStep('a')]));
	return { status: planned?.status, read };
}

test('a single answer that comes too late refuses no plan', async () => {
	expect(await planOf('KDR_TIMEOUT', 2)).toEqual({ status: 'change', read: 3 });
});

test('a cluster that stays silent is not asked without end', async () => {
	expect(await planOf('KDR_TIMEOUT', 9)).toEqual({ status: 'failed', read: 3 });
});

test('what a cluster has refused is not asked again', async () => {
	expect(await planOf('KDR_AUTH_FAILED', 9)).toEqual({ status: 'failed', read: 1 });
});
