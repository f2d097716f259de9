import { expect, test } from 'vitest';
import { overrideName } from '../../../src/domain/plan/override.ts';
import type { EngineEnv, RunOutcome } from '../../../src/engine/env.ts';
import { resume, run } from '../../../src/engine/execute.ts';
import type { AnyKind } from '../../../src/steps/kind.ts';
import { setStep, ToyWorld, toyEnv, toyRequest } from '../../support/toy.ts';

const members = new Map<ToyWorld, string[]>();
const consent = { [overrideName('KDR_GROUP_ACTIVE')]: 'metrics-reader may stay' };
const steps = [setStep('first'), setStep('offsets'), setStep('dns', { pointOfNoReturn: true })];

/** A world whose second step finds groups with members; `joins`: one that joins while the first step is done. */
function toy(world: ToyWorld, joins?: string): EngineEnv {
	const { env } = toyEnv(
		world,
		{},
		{ onApply: (key) => void (key === 'first' && joins && members.get(world)?.push(joins)) },
	);
	const set = env.registry.get('set');
	if (set?.type !== 'change') throw new Error('no such kind');
	const check: typeof set.check = (_facts, { key }: { key: string }) => {
		const active = [...(members.get(world) ?? [])];
		if (key !== 'offsets') return [];
		return [
			{
				code: 'KDR_GROUP_ACTIVE',
				status: active.length > 0 ? ('block' as const) : ('pass' as const),
				what: 'groups with members',
				observed: active.join(' and ') || 'none',
				found: active,
			},
		];
	};
	return { ...env, registry: new Map([...env.registry, ['set', { ...set, check } as AnyKind]]) };
}

function worldWith(...active: string[]): ToyWorld {
	const world = new ToyWorld();
	members.set(world, active);
	return world;
}

test('an override covers what was on the screen while it is there', async () => {
	const world = worldWith('metrics-reader');
	expect(await run(toy(world), toyRequest(steps, { consent }))).toMatchObject({ result: 'done' });
});

test('a group that joins after the plan halts the run in spite of an override of the same id', async () => {
	const world = worldWith('metrics-reader');
	const outcome = await run(toy(world, 'billing'), toyRequest(steps, { consent }));
	expect(outcome).toMatchObject({ result: 'halted' });
	expect(outcome.error?.message).toContain('metrics-reader and billing');
	expect(world.effects).toEqual(['first=1']);
});

const halted = async (): Promise<ToyWorld> => {
	const world = worldWith('metrics-reader');
	await run(toy(world, 'billing'), toyRequest(steps, { consent }));
	world.clock.advance(60_000);
	return world;
};
const resumed = (world: ToyWorld, agreed: Record<string, string>): Promise<RunOutcome> =>
	resume(toy(world), { run: '7f3a', clusterIds: {}, consent: agreed });

test('a resume that overrides what the run halted with continues, and the journal has the reason', async () => {
	const world = await halted();
	const again = { [overrideName('KDR_GROUP_ACTIVE')]: 'billing only counts' };
	const outcome = await resumed(world, again);
	expect(outcome).toMatchObject({ result: 'done' });
	expect(outcome.state?.consent).toMatchObject(again);
	const event = world.journal.entries.find(({ event: { type } }) => type === 'run.resumed')?.event;
	expect(event).toMatchObject({ overridden: [{ code: 'KDR_GROUP_ACTIVE', found: ['metrics-reader', 'billing'] }] });
});

test('a resume without a new override halts at the same finding', async () => {
	expect(await resumed(await halted(), {})).toMatchObject({ result: 'halted' });
});

test('an override that names nothing the run halted with is refused', async () => {
	await expect(resumed(await halted(), { [overrideName('max-loss')]: 'why' })).rejects.toMatchObject({
		code: 'KDR_OVERRIDE_UNKNOWN',
	});
});
