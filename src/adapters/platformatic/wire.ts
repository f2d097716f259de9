import { isIP } from 'node:net';
import { setTimeout } from 'node:timers/promises';
import type { Connection, ConnectionOptions } from '@platformatic/kafka';
import type { ClusterConfig, SecretRef } from '../../domain/config/link.ts';
import { KdrError } from '../../domain/errors/kdr-error.ts';
import type { Broker } from '../../ports/cluster.ts';
import {
	authFailed,
	brokerError,
	type ClusterAddress,
	errorChain,
	timedOut,
	unreachable,
} from '../kafka-side/broker-errors.ts';
import { DeadlinePassed, within } from '../kafka-side/deadline.ts';
import { perLane } from './flow.ts';
import { type Api, type Lib, type Requests, requests } from './lib.ts';

export interface WireOptions {
	/** Connect plus request, ms; no call waits longer for a broker. */
	timeoutMs: number;
	traffic?: Traffic | undefined;
}

/** Everything that goes to a broker and waits for its answer passes here, by the name of the request: to be counted, and held. */
export type Traffic = <Answer>(request: string, send: () => Promise<Answer>) => Promise<Answer>;

export type Endpoint = Pick<Broker, 'host' | 'port'>;

interface Loaded {
	lib: Lib;
	requests: Requests;
	/** What each request is called. */
	names: ReadonlyMap<unknown, string>;
}

/** How long a bootstrap broker may stay silent before the next one is asked as well. */
const hedgeMs = 400;

/**
 * Connections to the brokers of one cluster, and single requests over them. Connects on first use. Every request has
 * a deadline of ours; errors come out as KdrError naming the cluster.
 */
export class Wire {
	readonly where: ClusterAddress;
	readonly timeoutMs: number;
	readonly #config: ClusterConfig;
	readonly #secret: (ref: SecretRef) => Promise<string>;
	readonly #connections = new Map<string, Promise<Connection>>();
	readonly #traffic: Traffic;
	#loaded: Promise<Loaded> | undefined;
	#options: Promise<ConnectionOptions> | undefined;
	/** A wrong password stays wrong: asking again could lock the account. */
	#refused: KdrError | undefined;
	#closed = false;

	constructor(config: ClusterConfig, secret: (ref: SecretRef) => Promise<string>, options: WireOptions) {
		this.where = { alias: config.alias, bootstrap: config.bootstrap };
		this.timeoutMs = options.timeoutMs;
		this.#config = config;
		this.#secret = secret;
		this.#traffic = options.traffic ?? ((_request, send) => send());
	}

	#load(): Promise<Loaded> {
		this.#loaded ??= import('@platformatic/kafka').then((lib) => {
			const known = requests(lib);
			return { lib, requests: known, names: new Map(Object.entries(known).map(([name, api]) => [api, name])) };
		});
		return this.#loaded;
	}

	async #nameOf(api: unknown): Promise<string> {
		return (await this.#load()).names.get(api) ?? 'unknown';
	}

	/** The client library, for what is no request. */
	async lib(): Promise<Lib> {
		return (await this.#load()).lib;
	}

	async requests(): Promise<Requests> {
		return (await this.#load()).requests;
	}

	/** Kafka's name of an error code. */
	async errorName(code: number): Promise<string> {
		return (await this.#load()).lib.protocolErrorsCodesById[code] ?? `error ${code}`;
	}

	async brokerError(code: number, doing: string): Promise<KdrError> {
		return brokerError(await this.errorName(code), this.where, doing);
	}

	/** Throws when the code of a whole answer says it failed. */
	async expectOk(code: number, doing: string): Promise<void> {
		if (code !== 0) throw await this.brokerError(code, doing);
	}

	/**
	 * An open connection to the broker, one per lane. A failure here means that nothing was sent.
	 * @throws KDR_AUTH_FAILED, KDR_CLUSTER_UNREACHABLE, KDR_TIMEOUT
	 */
	async connection(to: Endpoint, doing: string, deadline: number, lane = 0): Promise<Connection> {
		if (this.#refused) throw this.#refused;
		if (this.#closed)
			throw new KdrError('KDR_BUG', `${this.where.alias}: a call was made after the connections were closed`);
		const key = `${to.host}:${to.port}#${lane}`;
		try {
			const known = this.#connections.get(key);
			const connection = known && (await within(left(deadline), known).catch(() => undefined));
			if (connection?.isConnected()) return connection;
			return await within(left(deadline), this.#reconnect(key, known, to));
		} catch (thrown) {
			throw this.#explain(thrown, doing);
		}
	}

	/** A new connection in the place of `old`, unless somebody else has put one there already. */
	#reconnect(key: string, old: Promise<Connection> | undefined, to: Endpoint): Promise<Connection> {
		const current = this.#connections.get(key);
		if (current && current !== old) return current;
		const fresh = this.#connect(to);
		this.#connections.set(key, fresh);
		fresh.catch(() => {
			if (this.#connections.get(key) === fresh) this.#connections.delete(key);
		});
		return fresh;
	}

	async #connect(to: Endpoint): Promise<Connection> {
		const { lib } = await this.#load();
		this.#options ??= this.#connectionOptions();
		const { tls } = this.#config;
		// An address is no server name (RFC 6066), but is checked against the certificate all the same.
		const name = tls && { tlsServerName: tls.servername ?? isIP(to.host) === 0 };
		const connection = new lib.Connection('kdr', { ...(await this.#options), ...name });
		// Without a listener an 'error' event would end the process; each call learns of it by its own rejection.
		connection.on('error', () => {});
		await this.#traffic('connect', async () => connection.connect(to.host, to.port));
		return connection;
	}

	async #connectionOptions(): Promise<ConnectionOptions> {
		const { tls, sasl } = this.#config;
		const secret = this.#secret;
		const options: ConnectionOptions = {
			connectTimeout: this.timeoutMs,
			requestTimeout: this.timeoutMs,
			maxInflights: perLane,
		};
		if (tls) {
			options.tls = {
				...(tls.ca ? { ca: await secret(tls.ca) } : {}),
				...(tls.cert ? { cert: await secret(tls.cert) } : {}),
				...(tls.key ? { key: await secret(tls.key) } : {}),
			};
		}
		if (sasl) {
			const mechanisms = {
				plain: 'PLAIN',
				'scram-sha-256': 'SCRAM-SHA-256',
				'scram-sha-512': 'SCRAM-SHA-512',
			} as const;
			options.sasl = {
				mechanism: mechanisms[sasl.mechanism],
				username: sasl.username,
				password: await secret(sasl.password),
			};
		}
		return options;
	}

	/** Sends one request and gives the answer, also one that carries error codes: the caller looks at each. */
	async send<Args extends unknown[], Answer>(
		connection: Connection,
		api: Api<Args, Answer>,
		args: Args,
		doing: string,
		deadline: number,
	): Promise<Answer> {
		try {
			return await within(
				left(deadline),
				this.#traffic(await this.#nameOf(api), () => api.async(connection, ...args)),
			);
		} catch (thrown) {
			const { lib } = await this.#load();
			if (thrown instanceof lib.ResponseError && thrown.response) return thrown.response as Answer;
			throw this.#explain(thrown, doing);
		}
	}

	async ask<Args extends unknown[], Answer>(
		to: Endpoint,
		api: Api<Args, Answer>,
		args: Args,
		doing: string,
		deadline: number = this.deadline(),
	): Promise<Answer> {
		return this.send(await this.connection(to, doing, deadline), api, args, doing, deadline);
	}

	/** Moment (performance.now) by which a call that begins now must be done. */
	deadline(): number {
		return performance.now() + this.timeoutMs;
	}

	/** Asks the bootstrap brokers, each a little after the one before it; the first answer wins. */
	async askAny<Args extends unknown[], Answer>(
		api: Api<Args, Answer>,
		args: Args,
		doing: string,
		deadline: number = this.deadline(),
	): Promise<Answer> {
		const won = new AbortController();
		const tries = this.where.bootstrap.map(async (text, index) => {
			if (index > 0) await setTimeout(hedgeMs * index, undefined, { signal: won.signal });
			return this.ask(endpoint(text), api, args, doing, deadline);
		});
		try {
			return await Promise.any(tries);
		} catch (thrown) {
			throw weightiest(thrown as AggregateError);
		} finally {
			won.abort();
		}
	}

	#explain(thrown: unknown, doing: string): KdrError {
		if (thrown instanceof KdrError) return thrown;
		const chain = errorChain(thrown);
		const protocol = chain.map((error) => (error as { apiId?: unknown }).apiId).find((id) => typeof id === 'string');
		const refused = chain.some((error) => (error as { code?: unknown }).code === 'PLT_KFK_AUTHENTICATION');
		if (refused || protocol === 'SASL_AUTHENTICATION_FAILED') {
			this.#refused = authFailed(this.where, doing, thrown);
			return this.#refused;
		}
		if (typeof protocol === 'string') return brokerError(protocol, this.where, doing, thrown);
		// The library gives its time-outs the code of network errors, so only the class's message tells them apart.
		const late = chain.some((error) => error instanceof DeadlinePassed || / timed out/.test(error.message));
		if (late) return timedOut(this.where, doing, this.timeoutMs, thrown);
		const network = chain.some((error) =>
			['PLT_KFK_NETWORK', 'PLT_KFK_USER'].includes(String((error as { code?: unknown }).code)),
		);
		if (network) return unreachable(this.where, doing, thrown);
		return new KdrError(
			'KDR_KAFKA_ERROR',
			`${this.where.alias}: could not ${doing}: ${chain[0]?.message ?? String(thrown)}`,
			{
				cause: thrown,
			},
		);
	}

	async close(): Promise<void> {
		this.#closed = true;
		const open = [...this.#connections.values()];
		this.#connections.clear();
		await Promise.allSettled(open.map(async (connection) => within(1_000, (await within(1_000, connection)).close())));
	}
}

const left = (deadline: number): number => Math.max(1, Math.ceil(deadline - performance.now()));

/** `host:port`, with IPv6 hosts in brackets. */
function endpoint(text: string): Endpoint {
	const at = text.lastIndexOf(':');
	return { host: text.slice(0, at).replace(/^\[|\]$/g, ''), port: Number(text.slice(at + 1)) };
}

/** Of several brokers' failures the one that says most: a refusal before silence, silence before nobody there. */
function weightiest(all: AggregateError): unknown {
	const weight = (error: unknown): number => {
		const code = error instanceof KdrError ? error.code : undefined;
		return code === 'KDR_CLUSTER_UNREACHABLE' ? 1 : code === 'KDR_TIMEOUT' ? 2 : 3;
	};
	return all.errors.toSorted((a, b) => weight(b) - weight(a))[0];
}
