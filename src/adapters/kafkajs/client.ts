import type { Admin, Kafka, KafkaConfig, SASLOptions } from 'kafkajs';
import type { ClusterConfig, SecretRef } from '../../domain/config/link.ts';
import type { KdrError } from '../../domain/errors/kdr-error.ts';
import type { ClusterAddress } from '../kafka-side/broker-errors.ts';
import { within } from '../kafka-side/deadline.ts';
import { explain } from './errors.ts';
import { loadKafkajs } from './load.ts';

export interface KafkajsOptions {
	/** Ms, to load the library, connect and authenticate, and again for each request. */
	timeoutMs: number;
}

/** One cluster through kafkajs: silent, with few retries of its own, connected on first use. */
export class KafkajsClient {
	readonly where: ClusterAddress;
	readonly timeoutMs: number;
	readonly #config: ClusterConfig;
	readonly #secret: (ref: SecretRef) => Promise<string>;
	#kafka: Promise<Kafka> | undefined;
	#admin: Promise<Admin> | undefined;
	/** A wrong password stays wrong: asking again could lock the account. */
	#refused: KdrError | undefined;

	constructor(config: ClusterConfig, secret: (ref: SecretRef) => Promise<string>, options: KafkajsOptions) {
		this.where = { alias: config.alias, bootstrap: config.bootstrap };
		this.timeoutMs = options.timeoutMs;
		this.#config = config;
		this.#secret = secret;
	}

	kafka(): Promise<Kafka> {
		this.#kafka ??= this.#create();
		return this.#kafka;
	}

	async #create(): Promise<Kafka> {
		const { tls, sasl, bootstrap } = this.#config;
		const { Kafka, logLevel } = await loadKafkajs();
		const secret = this.#secret;
		const config: KafkaConfig = {
			clientId: 'kdr',
			brokers: [...bootstrap],
			logLevel: logLevel.NOTHING,
			connectionTimeout: this.timeoutMs,
			authenticationTimeout: this.timeoutMs,
			requestTimeout: this.timeoutMs,
			enforceRequestTimeout: true,
			// One try per bootstrap broker; every other repetition is ours and has our deadline.
			retry: { retries: bootstrap.length - 1, initialRetryTime: 50, maxRetryTime: 200 },
		};
		if (tls) {
			config.ssl = {
				...(tls.ca ? { ca: await secret(tls.ca) } : {}),
				...(tls.cert ? { cert: await secret(tls.cert) } : {}),
				...(tls.key ? { key: await secret(tls.key) } : {}),
				...(tls.servername ? { servername: tls.servername } : {}),
			};
		}
		if (sasl) {
			const { mechanism, username } = sasl;
			config.sasl = { mechanism, username, password: await secret(sasl.password) } as SASLOptions;
		}
		return new Kafka(config);
	}

	/** Runs `use` with a connected admin client; errors come out as KdrError. Connecting and the request have a deadline each. */
	async withAdmin<T>(doing: string, use: (admin: Admin) => Promise<T>): Promise<T> {
		const admin = await this.#guarded(doing, () => this.#connectedAdmin());
		return this.#guarded(doing, () => use(admin));
	}

	async #guarded<T>(doing: string, work: () => Promise<T>): Promise<T> {
		if (this.#refused) throw this.#refused;
		try {
			return await within(this.timeoutMs, work());
		} catch (thrown) {
			const error = explain(thrown, this.where, doing, this.timeoutMs);
			if (error.code === 'KDR_AUTH_FAILED') this.#refused = error;
			throw error;
		}
	}

	#connectedAdmin(): Promise<Admin> {
		this.#admin ??= this.kafka()
			.then(async (kafka) => {
				const admin = kafka.admin();
				await admin.connect();
				return admin;
			})
			.catch((thrown) => {
				this.#admin = undefined;
				throw thrown;
			});
		return this.#admin;
	}

	async close(): Promise<void> {
		const admin = this.#admin;
		this.#admin = undefined;
		if (admin)
			await within(
				1_000,
				admin.then((connected) => connected.disconnect()),
			).catch(() => {});
	}
}
