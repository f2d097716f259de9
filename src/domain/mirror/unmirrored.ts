import { KdrError } from '../errors/kdr-error.ts';
import { partitionKey, type TopicPartition } from '../kafka/partition.ts';

/** Name of the consent to give up records that no mirror ever copied. */
export const acceptUnmirrored = 'accept-unmirrored';

/** `--accept-unmirrored TOPIC:PARTITION` as consent. @throws KDR_USAGE */
export function parseUnmirrored(given: readonly string[]): Record<string, string> {
	for (const text of given)
		if (!/^[\w.-]+:\d{1,9}$/.test(text))
			throw new KdrError('KDR_USAGE', `--${acceptUnmirrored} takes a topic and a partition, not "${text}"`, {
				hint: `--${acceptUnmirrored} payments:0`,
			});
	return given.length === 0 ? {} : { [acceptUnmirrored]: [...new Set(given)].join(',') };
}

/** Whose unmirrored records a person gives up, by name. */
export function unmirroredAccepted(consent: Readonly<Record<string, string>>): (at: TopicPartition) => boolean {
	const accepted = new Set(consent[acceptUnmirrored]?.split(','));
	return ({ topic, partition }) => accepted.has(partitionKey(topic, partition));
}
