import { asKdrError, KdrError } from '../domain/errors/kdr-error.ts';
import type { Move } from '../domain/run/events.ts';
import type { World } from '../ports/world.ts';

/**
 * Who answers, and as which cluster. `to` must; `from` may be dead for a failover, and then nothing waits for it again. A
 * wrong password is no death.
 */
export async function probeClusters(
	world: World,
	{ from, to, mode }: Move,
): Promise<{ fromAlive: boolean; clusterIds: Record<string, string> }> {
	const [source, target] = await Promise.all([
		world.side(from).cluster.identity().catch(deadOrThrow(mode, to)),
		world.side(to).cluster.identity(),
	]);
	const clusterIds = { [to]: target.clusterId, ...(source && { [from]: source.clusterId }) };
	if (source && source.clusterId === target.clusterId)
		throw new KdrError('KDR_CLUSTER_WRONG', `${from} and ${to} are one cluster, ${target.clusterId}`);
	return { fromAlive: source !== null, clusterIds };
}

function deadOrThrow(mode: Move['mode'], to: string): (thrown: unknown) => null {
	return (thrown) => {
		const error = asKdrError(thrown);
		const silent = error.code === 'KDR_CLUSTER_UNREACHABLE' || error.code === 'KDR_TIMEOUT';
		if (mode === 'switchover' && silent) {
			throw new KdrError(error.code, error.message, {
				hint: `a switchover needs both sides; if this one is gone: kdr failover --to ${to} (add --supersede "why" to replace an unfinished run)`,
				cause: error,
			});
		}
		if (!silent) throw error;
		return null;
	};
}
