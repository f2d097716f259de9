import type kafkajs from 'kafkajs';

/** The kafkajs library, imported on first use. */
export const loadKafkajs = async (): Promise<typeof kafkajs> => (await import('kafkajs')).default;
