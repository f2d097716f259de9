import type kafkajs from 'kafkajs';

let loaded: Promise<typeof kafkajs> | undefined;

/** The kafkajs library, imported on first use. */
export function loadKafkajs(): Promise<typeof kafkajs> {
	loaded ??= import('kafkajs').then((module) => module.default);
	return loaded;
}
