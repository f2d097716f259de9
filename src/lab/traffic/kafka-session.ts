import { connect, isIP, type LookupFunction, type Socket } from 'node:net';
import { Kafka, type KafkaConfig, logLevel, type Producer, type ProducerConfig } from 'kafkajs';
import type { LabLookup } from '../dns/lookup.ts';
import type { TrafficContext } from './client.ts';
import { within } from './waits.ts';

/**
 * One life of a kafkajs application: a new Kafka instance (an old one keeps addresses of brokers) which bootstraps through
 * the DNS name. The name is looked up once per session, so that every connection of a session ends at the same cluster.
 */
export class KafkaSession {
	readonly kafka: Kafka;
	readonly #sockets = new Set<Socket>();
	#over = false;
	/** Rises with every connection that breaks and every request that is discarded: what was sent may have been done unheard. */
	unheard = 0;

	private constructor(ctx: TrafficContext, clientId: string, addresses: readonly string[]) {
		const { name, ttl: _ttl } = ctx.state.dns;
		const port = ctx.state.sides.east.brokers[0]?.port ?? 9092;
		this.kafka = new Kafka({
			clientId,
			brokers: [`${name.replace(/\.$/, '')}:${port}`],
			sasl: { mechanism: 'plain', username: 'app', password: ctx.password },
			socketFactory: this.#socketFactory(addresses),
			connectionTimeout: 1_500,
			authenticationTimeout: 2_000,
			requestTimeout: 2_000,
			retry: { retries: 2, initialRetryTime: 100, maxRetryTime: 400 },
			logLevel: logLevel.NOTHING,
		});
	}

	static async open(
		ctx: TrafficContext,
		clientId: string,
		resolver: Pick<LabLookup, 'resolve4'>,
	): Promise<{ session: KafkaSession; cluster: string }> {
		const answers = await resolver.resolve4(ctx.state.dns.name);
		const session = new KafkaSession(
			ctx,
			clientId,
			answers.map(({ address }) => address),
		);
		try {
			return { session, cluster: await within(4_000, 'bootstrap', session.#clusterId()) };
		} catch (error) {
			session.end();
			throw error;
		}
	}

	/** Asked over a connection of this session. */
	async #clusterId(): Promise<string> {
		const admin = this.kafka.admin({ retry: { retries: 0 } });
		await admin.connect();
		const { clusterId } = await admin.describeCluster();
		await admin.disconnect();
		return clusterId;
	}

	/** Gives up a request without breaking its connection, and sends it again: the first of the two may be in the log. */
	producer(config: ProducerConfig): Producer {
		const producer = this.kafka.producer(config);
		producer.on(producer.events.REQUEST_TIMEOUT, () => this.unheard++);
		return producer;
	}

	#socketFactory(addresses: readonly string[]): NonNullable<KafkaConfig['socketFactory']> {
		const lookup = pinned(addresses);
		return ({ host, port, onConnect }) => {
			if (this.#over) throw new Error('the session is over');
			const socket = connect({ host, port, lookup }, onConnect);
			socket.setNoDelay(true);
			this.#sockets.add(socket);
			socket.once('close', () => {
				this.unheard++;
				this.#sockets.delete(socket);
			});
			return socket;
		};
	}

	/** Cuts every connection: nothing that was given up can still be sent. */
	end(): void {
		this.#over = true;
		for (const socket of this.#sockets) socket.destroy();
	}
}

function pinned(addresses: readonly string[]): LookupFunction {
	return (host, options, callback) => {
		const address = isIP(host) === 0 ? addresses[Math.floor(Math.random() * addresses.length)] : host;
		if (address === undefined) callback(new Error(`${host} has no address`), '', 4);
		else if (options.all) callback(null, [{ address, family: 4 }]);
		else callback(null, address, 4);
	};
}

const refusals = new Set([
	'TOPIC_AUTHORIZATION_FAILED',
	'GROUP_AUTHORIZATION_FAILED',
	'CLUSTER_AUTHORIZATION_FAILED',
	'TRANSACTIONAL_ID_AUTHORIZATION_FAILED',
]);

/** The broker said no: nothing was written. */
export const isRefusal = (error: unknown): boolean => refusals.has(typeOf(error) ?? '');

/** Kafka's name of a protocol error; kafkajs wraps the error it gave up on. */
export function typeOf(error: unknown): string | null {
	if (!(error instanceof Error)) return null;
	if ('type' in error && typeof error.type === 'string') return error.type;
	return error.cause === undefined ? null : typeOf(error.cause);
}
