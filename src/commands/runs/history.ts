import { BaseCommand, estateFlags } from '../../cli/base-command.ts';
import { readJournals } from '../../cli/journals.ts';
import { type HistoryRow, historyRow } from '../../domain/report/history.ts';
import { report } from '../../domain/report/report.ts';
import { registry } from '../../steps/registry.ts';
import { renderHistory } from '../../ui/runs.ts';
import { screenOf } from '../../ui/screen.ts';

export default class RunsHistory extends BaseCommand {
	static override summary = 'Every run of every link: who, when, how it ended, how long the outage was, what was lost.';
	static override examples = [
		'<%= config.bin %> <%= command.id %>',
		'<%= config.bin %> <%= command.id %> --link orders --json',
	];
	static override flags = estateFlags;

	async run(): Promise<{ runs: HistoryRow[]; missing: { link: string; alias: string; why: string }[] }> {
		const { flags } = await this.parse(RunsHistory);
		const journals = await readJournals({ ...flags, signal: this.signal });
		const reports = journals.runs
			.map(({ run }) => report(journals.entriesOf(run), registry))
			.filter((one) => one !== undefined);
		const runs = reports.map(historyRow);
		this.show(renderHistory(runs, screenOf(process.stdout, process.env)));
		for (const { alias, why } of journals.missing)
			this.warning(`journal-missing: the runs of ${alias} are unknown: ${why}`);
		for (const { run, reason } of journals.unreadable) this.warning(`run-unreadable: ${run}: ${reason}`);
		return { runs, missing: journals.missing };
	}
}
