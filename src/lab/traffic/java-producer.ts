import type { TrafficContext } from './client.ts';
import { type Heard, JavaClient } from './java-client.ts';
import type { ProducerPlan } from './roster.ts';

/**
 * Kafka's VerifiableProducer: values `<prefix>.<number>`, the prefix (start in seconds) differs for each life. It says
 * nothing before it sends, so records of a life that was cut off may be in the log without being in the ledger: legal.
 */
export class JavaProducer extends JavaClient {
	protected override readonly main = 'org.apache.kafka.tools.VerifiableProducer';
	protected override readonly config = {
		'enable.idempotence': 'true',
		retries: '1000000',
		'delivery.timeout.ms': '4000',
		'linger.ms': '0',
		'max.block.ms': '3000',
	};
	readonly #plan: ProducerPlan;
	#prefix = 0;

	constructor(ctx: TrafficContext, plan: ProducerPlan) {
		super(ctx, { client: plan.client, role: 'producer', topics: [plan.topic] });
		this.#plan = plan;
	}

	protected override args(bootstrap: string, configFile: string): string[] {
		this.#prefix = Math.max(this.#prefix + 1, Math.floor(Date.now() / 1000));
		const { topic, rate } = this.#plan;
		const throughput = String(rate);
		return [
			...['--bootstrap-server', bootstrap, '--topic', topic, '--throughput', throughput, '--acks', '-1'],
			// Keys, so that every partition is written all the time.
			...['--repeating-keys', '100'],
			...['--value-prefix', String(this.#prefix), '--command-config', configFile],
		];
	}

	protected override heard(line: Heard): boolean {
		if (line.name !== 'producer_send_success' && line.name !== 'producer_send_error') return false;
		const value = String(line.value);
		const id = `java:${value}`;
		const number = Number(value.split('.')[1] ?? 0);
		const acked = line.name === 'producer_send_success';
		const partition = Number(line.partition ?? 0);
		const seq = Number(value.split('.')[0]) * 1_000_000 + number;
		this.file.add({ e: 'invoke', id, seq, topic: this.#plan.topic, partition, key: null });
		this.status.sent++;
		if (acked) this.#acked(id, String(line.offset));
		else this.#refused(id, String(line.exception));
		return acked;
	}

	#acked(id: string, offset: string): void {
		this.file.add({ e: 'ok', id, offset });
		this.status.acked++;
	}

	#refused(id: string, exception: string): void {
		const definite = /AuthorizationException/.test(exception) && !this.unheard;
		this.file.add({ e: definite ? 'fail' : 'info', id, error: exception });
		this.status[definite ? 'failed' : 'unknown']++;
	}
}
