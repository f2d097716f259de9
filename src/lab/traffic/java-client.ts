import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { clientClasses } from '../class-archive.ts';
import { type LabLookup, lookupThrough } from '../dns/lookup.ts';
import { jvm } from '../kafka-config.ts';
import { javaCommand } from '../preflight.ts';
import { Client, Denied } from './client.ts';
import { trafficFolder } from './status.ts';
import { pause } from './waits.ts';

type Jvm = ChildProcessByStdio<null, Readable, null>;

/** Trouble without progress for so long is lasting. */
const patienceMs = 2_000;

/**
 * One of Kafka's own verifiable clients, in a wrapper that starts it again when it ends, is denied or gets nowhere. A JVM
 * resolves names by the machine, so it is given a hosts file that holds what the lab's name server answers.
 */
export abstract class JavaClient extends Client {
	readonly #resolver: LabLookup = lookupThrough(this.ctx.state.dns.servers);
	#trouble: { since: number; line: string } | null = null;
	/** Whether this life has lost an answer: what is refused from then on may be the second try of something that was done. */
	protected unheard = false;
	#denied = false;

	protected abstract readonly main: string;
	protected abstract args(bootstrap: string, configFile: string): string[];
	protected abstract readonly config: Record<string, string>;
	/** One JSON line of the client; true when it shows that the client gets somewhere. */
	protected abstract heard(line: Heard): boolean;

	protected override async session(stop: AbortSignal): Promise<void> {
		await this.#writeHosts();
		this.#trouble = null;
		this.unheard = false;
		this.#denied = false;
		const child = await this.#start();
		const exited = once(child, 'exit');
		const read = this.#read(child);
		let why = '';
		try {
			why = await this.#watch(child, stop);
		} finally {
			// A member that is cut off holds its partitions until its session times out: let it leave if its broker answers.
			const killer = setTimeout(() => child.kill('SIGKILL'), stop.aborted ? 5_000 : this.#denied ? 2_500 : 500);
			child.kill('SIGTERM');
			await exited;
			clearTimeout(killer);
			await read;
		}
		if (!stop.aborted) throw this.#denied ? new Denied('TOPIC_AUTHORIZATION_FAILED') : new Error(why);
	}

	/** Why the session is over. */
	async #watch(child: Jvm, stop: AbortSignal): Promise<string> {
		while (!stop.aborted && !this.#denied) {
			if (child.exitCode !== null || child.signalCode !== null) return 'the JVM ended';
			const trouble = this.#trouble;
			if (trouble !== null && performance.now() - trouble.since > patienceMs) return trouble.line;
			await pause(200, stop);
			await this.#writeHosts().catch(() => {}); // no answer: the JVM keeps the last one, as a resolver's cache would
		}
		return this.#denied ? 'denied' : 'stopped';
	}

	/** The same file as long as the JVM runs, rewritten when the zone's answer changes. */
	async #writeHosts(): Promise<void> {
		const { name } = this.ctx.state.dns;
		const answers = await this.#resolver.resolve4(name);
		const lines = answers.map(({ address }) => `${address} ${name.replace(/\.$/, '')}\n`);
		if (lines.join('') === this.#hosts) return;
		this.#hosts = lines.join('');
		writeFileSync(this.#file('hosts'), this.#hosts);
	}
	#hosts = '';

	#file(kind: string): string {
		return join(trafficFolder(this.ctx.state.dir), `${this.status.client}.${kind}`);
	}

	async #start(): Promise<Jvm> {
		const { state, password } = this.ctx;
		mkdirSync(trafficFolder(state.dir), { recursive: true, mode: 0o700 });
		writeFileSync(this.#file('log4j2.properties'), log4j);
		writeFileSync(this.#file('properties'), clientConfig(this.config, password), { mode: 0o600 });
		const name = state.dns.name.replace(/\.$/, '');
		const port = state.sides.east.brokers[0]?.port ?? 9092;
		const archive = await clientClasses(state.clientJars, this.main, this.#program('127.0.0.1:1'));
		const names = [`-Djdk.net.hosts.file=${this.#file('hosts')}`, '-Dsun.net.inetaddr.ttl=1'];
		return spawn(javaCommand(), [...names, ...archive, ...this.#program(`${name}:${port}`)], {
			stdio: ['ignore', 'pipe', 'inherit'],
		});
	}

	#program(bootstrap: string): string[] {
		const args = this.args(bootstrap, this.#file('properties'));
		return jvm({
			jars: this.ctx.state.clientJars,
			log4j: this.#file('log4j2.properties'),
			heapMb: 96,
			main: this.main,
			args,
		});
	}

	/** Lines of the client (JSON) and of its log come down one pipe, so that their order is right. */
	async #read(child: Jvm): Promise<void> {
		for await (const line of createInterface({ input: child.stdout })) {
			const cluster = /Cluster ID: (\S+)/.exec(line)?.[1];
			if (cluster !== undefined) this.#found(cluster);
			else if (/^\{.*\}$/.test(line)) this.#json(line);
			else this.#logged(line);
		}
	}

	#found(cluster: string): void {
		this.#trouble = null;
		this.connected(cluster);
	}

	#json(line: string): void {
		if (this.heard(JSON.parse(line))) this.#trouble = null;
		if (/AuthorizationException/.test(line)) this.#denied = true;
		this.file.flush();
	}

	#logged(line: string): void {
		if (/AuthorizationException|not authorized/i.test(line)) this.#denied = true;
		else if (/disconnect|could not be established|timed? ?out/i.test(line)) {
			this.unheard = true;
			this.#trouble ??= { since: performance.now(), line };
		}
	}
}

/** Every line of the verifiable clients has a name; what else it has depends on that. */
export interface Heard {
	name: string;
	[field: string]: unknown;
}

/**
 * `metadata.recovery.strategy=none`: a consumer that would bootstrap again by itself could carry its positions from one
 * cluster to the other; a well-written application restarts.
 */
function clientConfig(config: Record<string, string>, password: string): string {
	const all = {
		'security.protocol': 'SASL_PLAINTEXT',
		'sasl.mechanism': 'PLAIN',
		'sasl.jaas.config': `org.apache.kafka.common.security.plain.PlainLoginModule required username="app" password="${password}";`,
		'metadata.recovery.strategy': 'none',
		'request.timeout.ms': '3000',
		'socket.connection.setup.timeout.ms': '3000',
		'reconnect.backoff.max.ms': '500',
		...config,
	};
	return Object.entries(all)
		.map(([key, value]) => `${key}=${value}\n`)
		.join('');
}

const log4j = `appender.out.type = Console
appender.out.name = out
appender.out.target = SYSTEM_OUT
appender.out.layout.type = PatternLayout
appender.out.layout.pattern = %-5p %c{1}: %m%n
rootLogger.level = WARN
rootLogger.appenderRef.out.ref = out
logger.metadata.name = org.apache.kafka.clients.Metadata
logger.metadata.level = INFO
logger.network.name = org.apache.kafka.clients.NetworkClient
logger.network.level = INFO
`;
