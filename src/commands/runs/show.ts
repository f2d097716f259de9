import { Args } from '@oclif/core';
import { BaseCommand, estateFlags } from '../../cli/base-command.ts';
import { findRun, readJournals } from '../../cli/journals.ts';
import { KdrError } from '../../domain/errors/kdr-error.ts';
import { reportMarkdown } from '../../domain/report/markdown.ts';
import { type Report, report } from '../../domain/report/report.ts';
import { registry } from '../../steps/registry.ts';
import { debtLine } from '../../ui/fence.ts';

export default class RunsShow extends BaseCommand {
	static override summary =
		'Show a run from its journal: steps, times, evidence, what was not checked. Markdown, or JSON with --json.';
	static override examples = ['<%= config.bin %> runs show', '<%= config.bin %> runs show 7f3a > run.md'];
	static override args = {
		run: Args.string({ description: 'Id of the run, or its first characters. Default: the newest.' }),
	};
	static override flags = estateFlags;

	async run(): Promise<Report> {
		const { args, flags } = await this.parse(RunsShow);
		const journals = await readJournals({ ...flags, signal: this.signal });
		for (const { alias, why } of journals.missing)
			this.warning(`journal-missing: the runs of ${alias} are unknown: ${why}`);
		for (const debt of journals.owed) this.warning(debtLine(debt));
		const { run } = findRun(journals, args.run);
		const found = report(journals.entriesOf(run), registry);
		if (!found) throw new KdrError('KDR_JOURNAL_BROKEN', `the start of run ${run} cannot be read`);
		this.show(reportMarkdown(found));
		return found;
	}
}
