import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { type LabLookup, lookupThrough } from '../dns/lookup.ts';
import { Client, type TrafficContext } from './client.ts';
import { program, python } from './librdkafka-program.ts';
import type { GroupPlan } from './roster.ts';
import { trafficFolder } from './status.ts';
import { aborted } from './waits.ts';

interface At {
	topic: string;
	partition: number;
}

type Said =
	| { name: 'cluster'; cluster: string }
	| { name: 'assigned' | 'revoked'; partitions: [string, number][] }
	| ({ name: 'record'; id: string | null; offset: number } & At)
	| ({ name: 'commit'; offset: number; outcome: 'ok' | 'fail' | 'info' } & At)
	| { name: 'error'; error: string };

/**
 * A group member by librdkafka, through Python. As most applications on it, it takes an authorization error for something that
 * passes: it stays connected, asks again, and never looks the name up a second time.
 */
export class LibrdkafkaConsumer extends Client {
	readonly #plan: GroupPlan;
	readonly #resolver: LabLookup;

	constructor(ctx: TrafficContext, plan: GroupPlan) {
		super(ctx, { client: `${plan.group}-1`, role: 'consumer', group: plan.group, topics: plan.topics });
		this.#plan = plan;
		this.#resolver = lookupThrough(ctx.state.dns.servers);
	}

	protected override async session(stop: AbortSignal): Promise<void> {
		const child = await this.#start();
		const exited = once(child, 'exit');
		const read = this.#read(child);
		const ending = aborted(stop).then(() => child.kill('SIGTERM'));
		const killer = aborted(stop).then(() => setTimeout(() => child.kill('SIGKILL'), 5_000).unref());
		await Promise.race([exited, Promise.all([ending, exited])]);
		await read;
		if (!stop.aborted) throw new Error('the Python process ended');
		await killer;
	}

	async #start(): Promise<ChildProcessByStdio<null, Readable, null>> {
		const { state, password } = this.ctx;
		const answers = await this.#resolver.resolve4(state.dns.name);
		const port = state.sides.east.brokers[0]?.port ?? 9092;
		const { group, topics } = this.#plan;
		const file = (end: string): string => join(trafficFolder(state.dir), `${this.status.client}.${end}`);
		const bootstrap = answers.map(({ address }) => `${address}:${port}`).join(',');
		writeFileSync(file('json'), JSON.stringify({ bootstrap, group, topics, password }), { mode: 0o600 });
		writeFileSync(file('py'), program);
		return spawn(python, [file('py'), file('json')], { stdio: ['ignore', 'pipe', 'inherit'] });
	}

	async #read(child: ChildProcessByStdio<null, Readable, null>): Promise<void> {
		for await (const line of createInterface({ input: child.stdout })) {
			this.#heard(JSON.parse(line) as Said);
			this.file.flush();
		}
	}

	#heard(event: Said): void {
		if (event.name === 'cluster') this.connected(event.cluster);
		else if (event.name === 'record') this.#processed(event);
		else if (event.name === 'error') this.status.lastError = event.error;
		else if (event.name === 'commit') {
			const { topic, partition, offset, outcome } = event;
			this.file.add({ e: 'commit', topic, partition, offset: String(offset), outcome });
		} else this.file.add({ e: event.name, partitions: event.partitions });
	}

	#processed({ id, topic, partition, offset }: At & { id: string | null; offset: number }): void {
		if (id === null) return;
		this.file.add({ e: 'processed', id, topic, partition, offset: String(offset) });
		this.status.processed++;
	}
}
