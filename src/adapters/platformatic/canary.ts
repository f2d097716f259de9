import type { CanaryConfig, ClusterConfig, SecretRef } from '../../domain/config/link.ts';
import { asKdrError } from '../../domain/errors/kdr-error.ts';
import { bad, good, type Item } from '../../domain/item.ts';
import type { Canary } from '../../ports/canary.ts';
import { Wire, type WireOptions } from './wire.ts';

/**
 * A write that cannot land. Brokers look at permissions first (KafkaApis.handleProduceRequest: TOPIC_AUTHORIZATION_FAILED), then at
 * whether the partition exists, then at `acks`. No topic has a partition of this number, and no broker takes these acks: if the
 * fence fails, either alone refuses the record. Any broker answers, leader or not.
 */
const noPartition = 2 ** 31 - 1;
const noAcks = 2;
const topicAuthorizationFailed = 29;

class PlatformaticCanary implements Canary {
	readonly principal: string | null;
	readonly #wire: Wire;

	constructor(principal: string | null, wire: Wire) {
		this.principal = principal;
		this.#wire = wire;
	}

	async writable(topics: readonly string[]): Promise<Map<number, Item<string[]>>> {
		const doing = `ask whether ${this.principal ?? 'the application'} may write`;
		const { metadata, produce } = await this.#wire.requests();
		const { brokers } = await this.#wire.askAny(metadata, [[], false, false], doing);
		const ask = async ({ host, port }: (typeof brokers)[number]): Promise<Item<string[]>> => {
			const records = topics.map((topic) => ({
				topic,
				partition: noPartition,
				value: Buffer.from('kdr: is this fence up?'),
			}));
			try {
				const answer = await this.#wire.ask({ host, port }, produce, [noAcks, this.#wire.timeoutMs, records], doing);
				const topicsAnswered = typeof answer === 'boolean' ? [] : answer.responses;
				const code = (topic: string) =>
					topicsAnswered.find(({ name }) => name === topic)?.partitionResponses[0]?.errorCode;
				return good(topics.filter((topic) => code(topic) !== topicAuthorizationFailed));
			} catch (thrown) {
				return bad(asKdrError(thrown));
			}
		};
		return new Map(await Promise.all(brokers.map(async (broker) => [broker.nodeId, await ask(broker)] as const)));
	}
}

/** The cluster as the application logs in to it. */
export function createCanary(
	cluster: ClusterConfig,
	{ sasl, tls }: CanaryConfig,
	secret: (ref: SecretRef) => Promise<string>,
	options: WireOptions,
): { canary: Canary; close(): Promise<void> } {
	const { alias, bootstrap, connect } = cluster;
	const encrypted = cluster.tls || tls ? { tls: { ...cluster.tls, ...tls } } : {};
	const wire = new Wire({ alias, bootstrap, connect, ...encrypted, ...(sasl && { sasl }) }, secret, options);
	return { canary: new PlatformaticCanary(sasl ? `User:${sasl.username}` : null, wire), close: () => wire.close() };
}
