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
			await session.beat();
			await session.hear();
		} finally {
			beating = false;
		}
	};
	return (session.env.ticker ?? timer)(everyMs, () => void beat());
}
