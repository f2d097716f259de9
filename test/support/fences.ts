import type { LinkConfig } from '../../src/domain/config/link.ts';
import type { Estate } from './estate.ts';
import { link } from './estate.ts';

type Fence = LinkConfig['fence'];

const programs = { apply: ['fence', 'up'], verify: ['fence', 'is-up'], lift: ['fence', 'down'], within: 5_000 };

/** The link with another fence. */
export const fencedBy = (driver: Fence['driver'], more: Partial<Fence> = {}): LinkConfig => ({
	...link,
	fence: { ...link.fence, driver, ...(driver.includes('exec') && { exec: programs }), ...more },
});

/** Programs that keep a network fence per cluster; gives the clusters it is up on. */
export function fencePrograms({ world }: Estate): Set<string> {
	const up = new Set<string>();
	world.programs.answer = ([, what], { KDR_CLUSTER = '' }) => {
		if (what === 'up') up.add(KDR_CLUSTER);
		if (what === 'down') up.delete(KDR_CLUSTER);
		return { code: what === 'is-up' && !up.has(KDR_CLUSTER) ? 1 : 0, output: '' };
	};
	return up;
}
