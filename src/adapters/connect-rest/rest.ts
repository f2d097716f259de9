import { setTimeout as pause } from 'node:timers/promises';
import { KdrError } from '../../domain/errors/kdr-error.ts';

export interface RestOptions {
	/** Alias of the cluster, for messages. */
	alias: string;
	/** Alias of the Kafka cluster beside them. */
	beside?: string;
	/** Workers of one Connect cluster; tried in turn. */
	urls: readonly string[];
	/** `Authorization` header, read when first needed. */
	authorization?: () => Promise<string>;
	/** Per call over all workers, ms. */
	timeoutMs: number;
}

export interface Reply {
	status: number;
	body: unknown;
}

/** Calls to a Connect cluster: any worker that answers will do, 409 while it rebalances is asked again. */
export class ConnectRest {
	readonly #options: RestOptions;

	constructor(options: RestOptions) {
		this.#options = options;
	}

	get place(): string {
		const { alias, beside = alias } = this.#options;
		return `Connect of ${alias}${beside === alias ? '' : `, beside ${beside}`} (${this.#options.urls.map(withoutUser).join(', ')})`;
	}

	/**
	 * The first answer that is not a sign of rebalancing, of any status.
	 * @throws KDR_CONNECT_UNREACHABLE, KDR_OUTCOME_UNKNOWN when a write was sent and nothing came back
	 */
	async call(method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE', path: string, body?: unknown): Promise<Reply> {
		const deadline = performance.now() + this.#options.timeoutMs;
		for (let attempt = 0; ; attempt++) {
			const reply = await this.#anyWorker(method, path, body, deadline);
			const wait = 100 * 2 ** Math.min(attempt, 3) * (0.5 + Math.random());
			if (reply.status !== 409 || alreadyExists(reply) || performance.now() + wait > deadline) return reply;
			await pause(wait);
		}
	}

	async #anyWorker(method: string, path: string, body: unknown, deadline: number): Promise<Reply> {
		const failures: unknown[] = [];
		let sent = false;
		for (const [index, url] of this.#options.urls.entries()) {
			// The time left is shared: a frozen worker must not use up what the others need.
			const share = (deadline - performance.now()) / (this.#options.urls.length - index);
			if (share <= 0) break;
			try {
				const reply = await this.#once(new URL(path, withSlash(url)), method, body, share);
				// A follower passes writes on to a leader that may just have died: another worker may know better.
				if (reply.status !== 500 || !/forward|leader/i.test(message(reply)) || index === this.#options.urls.length - 1)
					return reply;
			} catch (thrown) {
				if (thrown instanceof KdrError) throw thrown;
				sent ||= !neverConnected(thrown);
				failures.push(thrown);
			}
		}
		throw this.#silence(method, path, failures, sent);
	}

	async #once(url: URL, method: string, body: unknown, ms: number): Promise<Reply> {
		const headers: Record<string, string> = { accept: 'application/json' };
		if (body !== undefined) headers['content-type'] = 'application/json';
		if (this.#options.authorization) headers.authorization = await this.#options.authorization();
		url.username = '';
		url.password = '';
		const response = await fetch(url, {
			method,
			headers,
			redirect: 'manual',
			signal: AbortSignal.timeout(Math.ceil(ms)),
			...(body === undefined ? {} : { body: JSON.stringify(body) }),
		});
		const to = response.headers.get('location');
		if (response.status >= 300 && response.status < 400 && to !== null)
			return this.#redirected(url, to, method, body, ms);
		const text = await response.text();
		return { status: response.status, body: parsed(text) };
	}

	/** Connect redirects within one host only; credentials never follow to another. */
	async #redirected(from: URL, to: string, method: string, body: unknown, ms: number): Promise<Reply> {
		const target = new URL(to, from);
		if (target.host !== from.host) {
			throw new KdrError(
				'KDR_CONNECT_ERROR',
				`${this.place}: ${from.host} redirects to another host (${target.host}); not followed`,
			);
		}
		if (target.href === from.href)
			throw new KdrError('KDR_CONNECT_ERROR', `${this.place}: ${from.host} redirects to itself`);
		return this.#once(target, method, body, ms);
	}

	#silence(method: string, path: string, failures: unknown[], sent: boolean): KdrError {
		const cause = failures[0];
		const what = `${method} ${path}`;
		if (method !== 'GET' && sent) {
			return new KdrError(
				'KDR_OUTCOME_UNKNOWN',
				`${this.place}: no answer to ${what}; it may or may not have happened`,
				{
					hint: 'kdr mirror status shows what is true now',
					worldMayHaveChanged: true,
					cause,
				},
			);
		}
		const why = [
			...new Set(
				failures.map((failure) => systemCode(failure) ?? (failure instanceof Error ? failure.name : 'no answer')),
			),
		];
		const late = why.every((one) => one === 'ECONNREFUSED') ? '' : ` within ${this.#options.timeoutMs} ms`;
		return new KdrError(
			'KDR_CONNECT_UNREACHABLE',
			`${this.place}: no worker answered ${what}${late} (${why.join(', ')})`,
			{
				hint: `check connect.urls of ${this.#options.alias} in kdr.yaml, and that a worker listens there; if they are gone for good, let those of the other cluster run its mirror: connect.urls, and connect.beside with that cluster's name`,
				details: { cluster: this.#options.alias, urls: this.#options.urls.map(withoutUser) },
				cause,
			},
		);
	}

	/** What an answer of an unexpected status means. */
	failure(doing: string, reply: Reply): KdrError {
		const text = `${this.place}: could not ${doing}: ${reply.status} ${message(reply)}`;
		if (reply.status === 401 || reply.status === 403) {
			return new KdrError('KDR_AUTH_FAILED', text, { hint: 'check connect.auth of the cluster in kdr.yaml' });
		}
		const overridden = reply.status === 400 && /override/i.test(message(reply));
		return new KdrError('KDR_CONNECT_ERROR', text, {
			...(overridden && { hint: 'workers beside another cluster need connector.client.config.override.policy=All' }),
			details: { cluster: this.#options.alias, status: reply.status },
		});
	}
}

const withSlash = (url: string): string => (url.endsWith('/') ? url : `${url}/`);

function withoutUser(text: string): string {
	const url = new URL(text);
	url.username = '';
	url.password = '';
	return url.href.replace(/\/$/, '');
}

function parsed(text: string): unknown {
	try {
		return text === '' ? null : JSON.parse(text);
	} catch {
		return { message: text.slice(0, 200) };
	}
}

/** Connect's error body is `{error_code, message}`. */
export function message(reply: Reply): string {
	const body = reply.body as { message?: unknown } | null;
	return typeof body?.message === 'string' ? body.message.slice(0, 500) : '';
}

/** POST of a connector that is there: the one 409 that does not pass by itself. */
export const alreadyExists = (reply: Reply): boolean => reply.status === 409 && /already exists/i.test(message(reply));

function systemCode(thrown: unknown): string | undefined {
	const cause = thrown instanceof Error ? (thrown.cause as { code?: unknown } | undefined) : undefined;
	return typeof cause?.code === 'string' ? cause.code : undefined;
}

/** Failures before anything of the request left this machine. */
const neverConnected = (thrown: unknown): boolean =>
	['ECONNREFUSED', 'ENOTFOUND', 'EAI_AGAIN', 'EHOSTUNREACH', 'ENETUNREACH', 'UND_ERR_CONNECT_TIMEOUT'].includes(
		systemCode(thrown) ?? '',
	);
