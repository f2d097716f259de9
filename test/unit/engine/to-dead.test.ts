import { expect, test } from 'vitest';
import { KdrError } from '../../../src/domain/errors/kdr-error.ts';
import type { Move } from '../../../src/domain/run/events.ts';
import { run } from '../../../src/engine/execute.ts';
import type { AnyKind, StepContext, StepIo } from '../../../src/steps/kind.ts';
import {
	denialsOn,
	type Estate,
	eastToWest,
	estate,
	link,
	processOf,
	produce,
	request,
	shipped,
} from '../../support/estate.ts';

const allBut = { ...link, fence: { driver: link.fence.driver, allBut: ['User:mm2', 'User:kdr', 'User:*'] } };
const lifting: Move = { link: 'orders', from: 'west', to: 'east', mode: 'change' };

/** A switchover that halted with writers and readers fenced; then the cluster it moved to, and the only journal with it, is gone. */
async function halted(config = link): Promise<Estate> {
	const here = estate();
	for (const principal of ['User:app', 'User:batch'])
		here.east.acls.push({
			resourceType: 'topic',
			resourceName: 'orders',
			patternType: 'literal',
			principal,
			host: '*',
			operation: 'all',
			permission: 'allow',
		});
	produce(here.east, 3);
	here.world.pump();
	const env = processOf(here, eastToWest, { link: config });
	const kind = env.registry.get('read-commits');
	if (!kind) throw new Error('no such kind');
	const observe = async (params: object, io: StepIo, ctx: StepContext): Promise<unknown> => {
		if (!ctx.preview) throw new KdrError('KDR_NOT_PERMITTED', 'no');
		return kind.observe(params, io, ctx);
	};
	const registry = new Map([...env.registry, ['read-commits', { ...kind, observe } as AnyKind]]);
	await run({ ...env, registry }, request('5a0a', eastToWest, await shipped('switchover')));
	here.world.clock.advance(60_000);
	here.world.kill('west');
	return here;
}

test.each([
	['principals', link],
	['allBut', allBut],
] as const)(
	'with the cluster of the journal gone, the fence of a halted run is recognised and lifted, and nothing else (%s)',
	async (_, config) => {
		const here = await halted(config);
		expect(denialsOn(here.east).length).toBeGreaterThan(0);
		const on = { resourceType: 'topic', resourceName: 'orders', patternType: 'literal' } as const;
		const theirs = { ...on, principal: 'User:intern', host: '*', operation: 'write', permission: 'deny' } as const;
		here.east.acls.push(theirs);
		const steps = [{ id: 'fence-lift', kind: 'fence-lift', params: {} }];
		const outcome = await run(processOf(here, lifting, { link: config }), request('u1', lifting, steps));
		expect(outcome.error?.message).toBeUndefined();
		expect(outcome).toMatchObject({ result: 'done' });
		expect(denialsOn(here.east)).toEqual([theirs]);
	},
);
