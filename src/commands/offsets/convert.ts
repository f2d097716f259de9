import { writeFile } from 'node:fs/promises';
import { Flags } from '@oclif/core';
import { BaseCommand } from '../../cli/base-command.ts';
import { shippedRunbook } from '../../cli/compose.ts';
import { offsetFlags, offsetsRequest, wireParams } from '../../cli/offsets-request.ts';
import { changeFlags } from '../../cli/run-flags.ts';
import type { RunResult } from '../../cli/run-result.ts';
import { Runner } from '../../cli/runner.ts';
import { formulas, writeCsv } from '../../domain/offsets/csv.ts';
import type { OffsetsParams } from '../../domain/offsets/params.ts';
import { writePlan } from '../../domain/offsets/plan-file.ts';
import { bothZones } from '../../domain/offsets/retention.ts';
import type { OffsetsView } from '../../domain/offsets/view.ts';
import type { RunStep } from '../../domain/run/events.ts';
import { checksError } from '../../engine/poll.ts';
import { lookAtOffsets } from '../../observe/offsets/view.ts';
import { renderOffsets } from '../../ui/offsets.ts';
import { screenOf } from '../../ui/screen.ts';

export default class OffsetsConvert extends BaseCommand {
	static override summary =
		'Where every group continues on the other cluster: PRIOR, NEW and the proof; with --confirm, offsets there → NEW.';
	static override description =
		'Shows the new offsets; with --confirm it also commits them and reads them back. A group with running members on the target is refused by name and stays untouched. An offset below the commit there needs --allow-rewind. Takes the flags and the CSV of kafka-consumer-groups --reset-offsets.';
	static override examples = [
		'<%= config.bin %> <%= command.id %> --to west',
		'<%= config.bin %> <%= command.id %> --to west --method checkpoint --group billing --confirm west',
		'<%= config.bin %> <%= command.id %> --to west --to-datetime 2026-11-21T03:12:00.000 --topic orders:0,1',
		'<%= config.bin %> <%= command.id %> --to west --out plan.json',
		'<%= config.bin %> <%= command.id %> --to west --plan plan.json --confirm west',
		'<%= config.bin %> <%= command.id %> --to west --group billing --export > billing.csv',
	];
	static override flags = {
		...changeFlags,
		...offsetFlags,
		export: Flags.boolean({
			exclusive: ['confirm', 'out'],
			summary: 'Write the new offsets as CSV, as kafka-consumer-groups does.',
		}),
		out: Flags.string({
			helpValue: 'FILE',
			exclusive: ['confirm', 'plan'],
			summary: 'Write the plan to this file, to apply later with --plan.',
		}),
		plan: Flags.string({ helpValue: 'FILE', summary: 'Apply a saved plan, if its facts still hold.' }),
		wide: Flags.boolean({ summary: 'Show every row.' }),
	};

	async run(): Promise<OffsetsView | RunResult> {
		const { flags } = await this.parse(OffsetsConvert);
		const params = offsetsRequest(flags, Date.now());
		if (params.reset?.to === 'time') this.note(`Time to convert to: ${bothZones(params.reset.at)}.`);
		if (flags.confirm !== undefined || flags['dry-run'])
			return new Runner(this.host).start(flags, { mode: 'change', steps: await stepsOf(params, flags) });
		const seen = await new Runner(this.host).look(flags, (io, ctx) => lookAtOffsets(params, io, ctx));
		if (seen.blocking.length > 0) {
			this.exitWith(checksError(seen.blocking));
			return this.#show(seen.view, flags.wide);
		}
		if (flags.out !== undefined) return this.#save(flags.out, params, seen);
		if (flags.export) return this.#export(seen.view, flags.group?.length === 1);
		const stop = seen.syncRuns && !flags['stop-checkpoints'] ? ['--stop-checkpoints'] : [];
		return this.#show(
			{ ...seen.view, applyWith: ['kdr offsets convert', ...this.argv, ...stop, `--confirm ${flags.to}`].join(' ') },
			flags.wide,
		);
	}

	#show(view: OffsetsView, wide = false): OffsetsView {
		this.show(renderOffsets(view, screenOf(process.stdout, process.env), wide ? Number.POSITIVE_INFINITY : 20));
		return view;
	}

	async #save(
		file: string,
		params: OffsetsParams,
		{ view, plan }: Awaited<ReturnType<typeof lookAtOffsets>>,
	): Promise<OffsetsView> {
		await writeFile(file, writePlan({ ...plan, createdAt: new Date().toISOString(), params: wireParams(params) }));
		return this.#show({
			...view,
			applyWith: `kdr offsets convert --to ${view.to} --plan ${file} --confirm ${view.to}`,
		});
	}

	#export(view: OffsetsView, singleGroup: boolean): OffsetsView {
		const rows = view.rows.flatMap(({ next, ...row }) => (next === null ? [] : [{ ...row, offset: next }]));
		this.show(writeCsv(rows, singleGroup));
		for (const group of formulas(rows))
			this.warning(`csv-formula: a spreadsheet would run the name of group ${JSON.stringify(group)}`);
		for (const { item, message } of view.refused) this.warning(`not-set: ${item}: ${message}`);
		return view;
	}
}

async function stepsOf(params: OffsetsParams, flags: { 'stop-checkpoints': boolean }): Promise<RunStep[]> {
	const { steps } = await shippedRunbook('offsets-convert');
	return steps
		.filter(({ id }) => id !== 'stop-checkpoints' || flags['stop-checkpoints'])
		.map((step) => (step.id === 'offsets' ? { ...step, params: wireParams(params) } : step));
}
