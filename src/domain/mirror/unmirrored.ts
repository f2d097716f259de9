import { partitionKey, type TopicPartition } from '../kafka/partition.ts';

/** Name of the consent to give up records that no mirror ever copied. */
export const acceptUnmirrored = 'accept-unmirrored';

/** Whose unmirrored records a person gives up, by name. */
export function unmirroredAccepted(consent: Readonly<Record<string, string>>): (at: TopicPartition) => boolean {
	const accepted = new Set(consent[acceptUnmirrored]?.split(','));
	return ({ topic, partition }) => accepted.has(partitionKey(topic, partition));
}
