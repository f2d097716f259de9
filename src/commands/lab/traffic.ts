import { setTimeout as wait } from 'node:timers/promises';
import { Flags } from '@oclif/core';
import { BaseCommand } from '../../cli/base-command.ts';
import { labFlags } from '../../cli/lab-command.ts';
import { parseDuration } from '../../domain/config/duration.ts';
import { KdrError } from '../../domain/errors/kdr-error.ts';
import { labAliases } from '../../lab/estate.ts';
import { openLab } from '../../lab/lab.ts';
import { type ClientKind, clientKinds, usualClients } from '../../lab/traffic/client-kinds.ts';
import { startTraffic, stopTraffic, trafficUp } from '../../lab/traffic/control.ts';
import { trafficSummary, trafficTables } from '../../lab/traffic/render.ts';
import type { TrafficStatus } from '../../lab/traffic/status.ts';
import { screenOf } from '../../ui/screen.ts';
import { table } from '../../ui/table.ts';

export default class LabTraffic extends BaseCommand {
	static override summary = 'Run producers and consumer groups against a lab, as well-written applications would.';
	static override description =
		'They find the cluster by the DNS name, and reconnect by it after a lasting error. Each writes a ledger, which "kdr lab ledger" reads. Runs until --for is over or Ctrl-C; with --detach until "kdr lab traffic --stop".';
	static override examples = [
		'<%= config.bin %> lab traffic --for 30s',
		'<%= config.bin %> lab traffic --detach',
		'<%= config.bin %> lab traffic --clients kafkajs,hasty,stubborn --detach',
	];
	static override flags = {
		...labFlags,
		rate: Flags.integer({
			default: 600,
			min: 20,
			max: 20_000,
			helpValue: 'N',
			summary: 'Records per second over all producers.',
		}),
		clients: Flags.string({
			helpValue: 'KIND,…',
			default: usualClients.join(','),
			summary: `Kinds of clients: ${clientKinds.join(', ')}.`,
		}),
		stray: Flags.option({
			options: labAliases,
			summary: 'One more producer that knows only this side, by address: no DNS record moves it.',
		})(),
		for: Flags.string({ helpValue: 'TIME', summary: 'How long, e.g. 60s or 2m.', exclusive: ['detach', 'stop'] }),
		detach: Flags.boolean({ summary: 'Return once every producer and every group is active.', exclusive: ['stop'] }),
		stop: Flags.boolean({ summary: 'Stop the producers, let the groups read the rest, and end.' }),
	};

	async run(): Promise<TrafficStatus> {
		const { flags } = await this.parse(LabTraffic);
		const lab = openLab(flags.name);
		const ms = flags.for === undefined ? null : parseDuration(flags.for);
		if (ms === undefined)
			throw new KdrError('KDR_USAGE', `--for takes a time, not "${flags.for}"`, { hint: 'write it as 45s or 2m' });
		if (flags.stop) return await this.#stop(flags.name);
		const state = await startTraffic(lab, { rate: flags.rate, stray: flags.stray, clients: clientsOf(flags.clients) });
		const status = await trafficUp(state, this.signal).catch(async (error) => {
			await stopTraffic(state, () => {}).catch(() => {});
			throw error;
		});
		if (flags.detach) return this.#showStatus(status, `kdr lab traffic --stop --name ${flags.name}`);
		this.note(`Every client is active${ms === null ? '; Ctrl-C stops them' : ''}.`);
		await wait(ms ?? 2 ** 31 - 1, undefined, { signal: this.signal }).catch(() => {});
		return await this.#stop(flags.name);
	}

	async #stop(name: string): Promise<TrafficStatus> {
		const status = await stopTraffic(openLab(name), (text) => this.note(text));
		return this.#showStatus(status, `kdr lab ledger --name ${name}`);
	}

	#showStatus(status: TrafficStatus, next: string): TrafficStatus {
		const screen = screenOf(process.stdout, process.env);
		for (const { columns, rows } of trafficTables(status))
			this.show(`${table(columns, rows, { screen }).join('\n')}\n`);
		this.show(`${trafficSummary(status)}\nNext: ${next}`);
		return status;
	}
}

/** Throws KDR_USAGE for a kind that there is not. */
function clientsOf(text: string): ClientKind[] {
	return text.split(',').map((word) => {
		const kind = clientKinds.find((known) => known === word.trim());
		if (kind) return kind;
		throw new KdrError('KDR_USAGE', `--clients: there is no kind "${word.trim()}"`, {
			hint: `kinds: ${clientKinds.join(', ')}`,
		});
	});
}
