import { asKdrError } from '../domain/errors/kdr-error.ts';
import type { Side } from '../ports/world.ts';

/** Errors of a cluster that does not answer, or not on all brokers yet. */
export const silentCodes: ReadonlySet<string> = new Set(['KDR_CLUSTER_UNREACHABLE', 'KDR_TIMEOUT']);

/** Whether the cluster answers. @throws what is no silence, a wrong password say: waiting would not end it. */
export async function answers(side: Side): Promise<boolean> {
	try {
		await side.cluster.identity();
		return true;
	} catch (thrown) {
		const error = asKdrError(thrown);
		if (!silentCodes.has(error.code)) throw error;
		return false;
	}
}
