import { identityOf } from '../ledger/identity.ts';
import type { TrafficContext } from './client.ts';
import { type Heard, JavaClient } from './java-client.ts';
import type { GroupPlan } from './roster.ts';

interface At {
	topic: string;
	partition: number;
}

/** Kafka's VerifiableConsumer, of the classic or the KIP-848 protocol: prints every record, then commits, then says so. */
export class JavaConsumer extends JavaClient {
	protected override readonly main = 'org.apache.kafka.tools.VerifiableConsumer';
	protected override readonly config = { 'auto.offset.reset': 'earliest', 'default.api.timeout.ms': '4000' };
	readonly #plan: GroupPlan;

	constructor(ctx: TrafficContext, plan: GroupPlan) {
		super(ctx, { client: `${plan.group}-1`, role: 'consumer', group: plan.group, topics: plan.topics });
		this.#plan = plan;
	}

	protected override args(bootstrap: string, configFile: string): string[] {
		const { kind, group, topics } = this.#plan;
		const protocol =
			kind === 'java-kip848'
				? ['--group-protocol', 'consumer']
				: ['--group-protocol', 'classic', '--session-timeout', '6000'];
		return [
			...['--bootstrap-server', bootstrap, '--topic', topics.join(','), '--group-id', group, ...protocol],
			...['--reset-policy', 'earliest', '--verbose', '--command-config', configFile],
		];
	}

	protected override heard(line: Heard): boolean {
		switch (line.name) {
			case 'record_data':
				return this.#processed(line as unknown as At & { value: string; offset: number });
			case 'partitions_assigned':
			case 'partitions_revoked':
				return this.#moved(line.name === 'partitions_assigned' ? 'assigned' : 'revoked', line.partitions as At[]);
			case 'offsets_committed':
				return this.#committed(line as unknown as { offsets: (At & { offset: number })[]; success: boolean });
			default:
				return false;
		}
	}

	#processed({ value, topic, partition, offset }: At & { value: string; offset: number }): true {
		const { id } = identityOf({ value: Buffer.from(value), header: null });
		if (id === null) return true;
		this.file.add({ e: 'processed', id, topic, partition, offset: String(offset) });
		this.status.processed++;
		return true;
	}

	#moved(e: 'assigned' | 'revoked', partitions: readonly At[]): boolean {
		this.file.add({ e, partitions: partitions.map(({ topic, partition }): [string, number] => [topic, partition]) });
		return e === 'assigned';
	}

	#committed({ offsets, success }: { offsets: readonly (At & { offset: number })[]; success: boolean }): boolean {
		for (const { topic, partition, offset } of offsets) {
			this.file.add({ e: 'commit', topic, partition, offset: String(offset), outcome: success ? 'ok' : 'info' });
		}
		return success;
	}
}
