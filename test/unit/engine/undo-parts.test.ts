import { expect, test } from 'vitest';
import { KdrError } from '../../../src/domain/errors/kdr-error.ts';
import { resume, run, undo } from '../../../src/engine/execute.ts';
import type { AnyKind } from '../../../src/steps/kind.ts';
import { eastToWest, estate, processOf, produce, request, shipped } from '../../support/estate.ts';

test('a run that stopped its connectors in two attempts is undone to its end, and all of them run again', async () => {
	const here = estate();
	produce(here.east, 3);
	here.world.pump();
	const move = { ...eastToWest, mode: 'failover' as const };
	// One connector is stopped, the other call fails; the resume stops what is left.
	const refused = { error: new KdrError('KDR_CONNECT_ERROR', 'west: 409') };
	here.world.faults.failNext('mirror', 'stop', 'before', { after: 1, ...refused });
	const env = processOf(here, move);
	const first = await run(env, request('r1', move, await shipped('failover'), { 'accept-loss': '10h' }));
	expect(first).toMatchObject({ result: 'halted' });
	const check = () => [{ code: 'stop', status: 'block' as const, what: 'stop here', observed: 'x' }];
	const accepted = { ...env.registry.get('loss-accepted'), check } as AnyKind;
	const registry = new Map([...env.registry, ['loss-accepted', accepted]]);
	const second = await resume({ ...processOf(here, move), registry }, { run: 'r1', clusterIds: {} });
	expect(second.state?.steps.find(({ step }) => step.id === 'stop-mirror')?.intents).toHaveLength(2);
	const asked = { run: 'u1', undoes: 'r1', command: 'kdr runs abort r1', consent: {}, clusterIds: {}, whole: true };
	const outcome = await undo(processOf(here, move), asked);
	expect(outcome.error?.message).toBeUndefined();
	expect(outcome).toMatchObject({ result: 'done', exit: 0 });
	expect((await here.connect.connectors()).map(({ state }) => state)).toEqual(['RUNNING', 'RUNNING', 'RUNNING']);
});
