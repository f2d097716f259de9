import { Flags } from '@oclif/core';
import { BaseCommand } from '../../cli/base-command.ts';
import { labFlags } from '../../cli/lab-command.ts';
import { KdrError } from '../../domain/errors/kdr-error.ts';
import { labAliases } from '../../lab/estate.ts';
import { openLab } from '../../lab/lab.ts';
import type { LedgerResult } from '../../lab/ledger/compute.ts';
import { isBad } from '../../lab/ledger/compute.ts';
import { readLedger } from '../../lab/ledger/read.ts';
import { ledgerTables, verdict } from '../../lab/ledger/render.ts';
import { screenOf } from '../../ui/screen.ts';
import { table } from '../../ui/table.ts';

export default class LabLedger extends BaseCommand {
	static override summary =
		'What was really lost, skipped or repeated, and where clients are, from what clients wrote down and what both clusters hold.';
	static override description =
		'Uses nothing that kdr claims. Run it after "kdr lab traffic" has stopped. Wakes brokers that are dead or frozen to read them, then restores their state. Exits with 3 when records were lost or skipped.';
	static override examples = [
		'<%= config.bin %> <%= command.id %>',
		'<%= config.bin %> <%= command.id %> --active west --allow-loss',
	];
	static override flags = {
		...labFlags,
		active: Flags.option({
			options: labAliases,
			summary: 'Where clients belong now (default: where the DNS name points to).',
		})(),
		'allow-loss': Flags.boolean({
			summary: 'Lost records do not fail the command: for a failover from a cluster that is gone.',
		}),
	};

	async run(): Promise<LedgerResult> {
		const { flags } = await this.parse(LabLedger);
		const state = openLab(flags.name);
		const result = await readLedger(state, { active: flags.active, signal: this.signal }, (text) => this.note(text));
		const screen = screenOf(process.stdout, process.env);
		for (const { columns, rows } of ledgerTables(result)) this.show(`${table(columns, rows, { screen }).join('\n')}\n`);
		this.show(verdict(result).join('\n'));
		if (isBad(result, flags['allow-loss'])) {
			const { lost, skipped } = result.totals;
			this.exitWith(
				new KdrError('KDR_LEDGER_BAD', `${lost} records lost, ${skipped} skipped`, { details: { lost, skipped } }),
			);
		}
		return result;
	}
}
