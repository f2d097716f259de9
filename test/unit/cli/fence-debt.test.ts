import { expect, test } from 'vitest';
import { warnOwedFences } from '../../../src/cli/fence-debt.ts';
import { link } from '../../support/estate.ts';
import { failedOver } from '../../support/way-back.ts';

test('an owed fence is warned of by every command but the one that sets it', async () => {
	const { world } = await failedOver();
	world.revive('east');
	// The journals answer before the patience of a header ends.
	world.clock.wait = () => new Promise(() => {});
	const warnings = async (paid?: string): Promise<string[]> => {
		const said: string[] = [];
		await warnOwedFences(world, link, (text) => said.push(text), paid);
		return said;
	};
	expect(await warnings()).toEqual([expect.stringContaining('east')]);
	expect(await warnings('west'), 'another cluster is paid for').toHaveLength(1);
	expect(await warnings('east')).toEqual([]);
});
