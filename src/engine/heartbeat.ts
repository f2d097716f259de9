import { asKdrError } from '../domain/errors/kdr-error.ts';
import type { Ticker } from './env.ts';
import type { Session } from './session.ts';

const timer: Ticker = (ms, beat) => {
	const interval = setInterval(beat, ms);
	interval.unref();
	return () => clearInterval(interval);
};

const everyMs = 5_000;

/**
 * Says every 5 s that the run lives. A beat that finds itself fenced proves the lock lost and ends every call of the
 * run at once. Also listens for signals of others. Any other failure is left to the next event, which decides whether the run may continue.
 */
export function startHeartbeat(session: Session): () => void {
	let beating = false;
	const beat = async () => {
		if (beating) return;
		beating = true;
		try {
			const step = session.current?.id;
			await session.recorder.beat({
				v: 1,
				type: 'run.heartbeat',
				operator: session.env.operator,
				...(step !== undefined && { step }),
			});
			await session.hear();
		} catch (thrown) {
			const error = asKdrError(thrown);
			if (error.code === 'KDR_FENCED_BY_OTHER') session.lose(error);
		} finally {
			beating = false;
		}
	};
	return (session.env.ticker ?? timer)(everyMs, () => void beat());
}
