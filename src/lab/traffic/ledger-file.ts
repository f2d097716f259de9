import { closeSync, mkdirSync, openSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import type { ActorHeader, LedgerEvent } from '../ledger/events.ts';
import { ledgerFolder } from '../ledger/files.ts';

/** An event without its time, which the file adds. */
export type Untimed<E = LedgerEvent> = E extends { t: number } ? Omit<E, 't'> : never;

/** One client's page of the ledger. `add` keeps lines in memory; after `flush` they are with the operating system, whatever becomes of us. */
export class LedgerFile {
	readonly #file: number;
	#lines = '';
	#lastTime = 0;

	constructor(labDir: string, header: Omit<ActorHeader, 'e' | 't'>) {
		const folder = ledgerFolder(labDir);
		mkdirSync(folder, { recursive: true, mode: 0o700 });
		this.#file = openSync(join(folder, `${header.client}.${Date.now()}.ndjson`), 'wx', 0o600);
		this.#write({ e: 'actor', ...header });
		this.flush();
	}

	add(event: Untimed): void {
		this.#write(event);
	}

	#write(event: object): void {
		this.#lastTime = Math.max(this.#lastTime, Date.now());
		this.#lines += `${JSON.stringify({ t: this.#lastTime, ...event })}\n`;
	}

	flush(): void {
		if (this.#lines !== '') writeSync(this.#file, this.#lines);
		this.#lines = '';
	}

	close(): void {
		this.flush();
		closeSync(this.#file);
	}
}
