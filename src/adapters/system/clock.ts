import { setTimeout } from 'node:timers/promises';
import type { Clock } from '../../ports/clock.ts';

export const systemClock: Clock = {
	now: () => Date.now(),
	monotonic: () => performance.now(),
	wait: async (ms, signal) => {
		try {
			await setTimeout(ms, undefined, signal ? { signal } : {});
		} catch (thrown) {
			throw signal?.aborted ? signal.reason : thrown;
		}
	},
};
