import type { LedgerFile } from './ledger-file.ts';
import type { Outgoing } from './records.ts';
import type { ClientStatus } from './status.ts';

/** What a kafkajs producer writes down about its records. */
export class Outbox {
	readonly #file: LedgerFile;
	readonly #status: ClientStatus;
	readonly #topic: string;

	constructor(file: LedgerFile, status: ClientStatus, topic: string) {
		this.#file = file;
		this.#status = status;
		this.#topic = topic;
	}

	/** Before sending. */
	invoke(batch: readonly Outgoing[], tx?: number): void {
		for (const { id, seq, partition, key } of batch) {
			this.#file.add({ e: 'invoke', id, seq, topic: this.#topic, partition, key, ...(tx === undefined ? {} : { tx }) });
		}
		this.#status.sent += batch.length;
		this.#file.flush();
	}

	answered(batch: readonly Outgoing[], baseOffset = '-1'): void {
		batch.forEach(({ id }, index) => {
			this.#file.add({ e: 'ok', id, offset: String(BigInt(baseOffset) + BigInt(index)) });
		});
		this.#status.acked += batch.length;
	}

	/** `refused`: the broker said no, and no earlier try of the same send can have got through. */
	unanswered(batch: readonly Outgoing[], error: unknown, refused: boolean): void {
		const text = error instanceof Error ? error.message : String(error);
		for (const { id } of batch) this.#file.add({ e: refused ? 'fail' : 'info', id, error: text });
		this.#status[refused ? 'failed' : 'unknown'] += batch.length;
	}
}
