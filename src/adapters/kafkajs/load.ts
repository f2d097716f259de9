import type kafkajs from 'kafkajs';

let loaded: Promise<typeof kafkajs> | undefined;

/** The kafkajs library, imported on first use. */
export function loadKafkajs(): Promise<typeof kafkajs> {
	if (!loaded) {
		silenceTimerWarning();
		loaded = import('kafkajs').then((module) => module.default);
	}
	return loaded;
}

/**
 * kafkajs 2.2.4 sets timers into the past (its request queue, when nothing throttles it), of which Node warns on stderr
 * in the middle of our own output. Only that one kind of warning is dropped.
 */
function silenceTimerWarning(): void {
	const emit = process.emitWarning.bind(process) as (...args: unknown[]) => void;
	process.emitWarning = (...args: unknown[]): void => {
		if (args[1] !== 'TimeoutNegativeWarning') emit(...args);
	};
}
