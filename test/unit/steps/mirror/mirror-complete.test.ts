import { expect, test } from 'vitest';
import { KdrError } from '../../../../src/domain/errors/kdr-error.ts';
import { mirrorComplete } from '../../../../src/steps/mirror/mirror-complete.ts';
import { at, context, eastToWest, estate, ioOf, produce } from '../../../support/estate.ts';

const westIsRebuilt = { ...eastToWest, from: 'west', to: 'east', mode: 'change' as const };

test('a partition that could not be read when the wait began is not mirrored again: it counts once it is read', async () => {
	const here = estate();
	for (const partition of [0, 1]) produce(here.east, 5, at(partition));
	here.world.pump();
	produce(here.east, 5, at(1));
	const log = here.east.log(at(1));
	const { edges } = log;
	log.edges = () => {
		throw new KdrError('KDR_TIMEOUT', 'east: the leader of orders 1 does not answer');
	};
	const ctx = context({ move: westIsRebuilt });
	const params = mirrorComplete.params.parse({});
	const look = (first?: Awaited<ReturnType<typeof mirrorComplete.observe>>) =>
		mirrorComplete.observe(params, ioOf(here, westIsRebuilt), ctx, first);
	const first = await look();
	const [check] = mirrorComplete.check(first, params, ctx);
	expect(check).toMatchObject({ code: 'mirror-filled', status: 'unknown' });
	expect(check?.observed).toMatch(/, without orders 1, which cannot be read; unknown in 1 partition$/);
	log.edges = edges;
	const second = await look(first);
	expect(mirrorComplete.check(second, params, ctx)).toMatchObject([{ status: 'block' }]);
	here.world.pump();
	expect(mirrorComplete.check(await look(first), params, ctx)).toMatchObject([{ status: 'pass' }]);
});
