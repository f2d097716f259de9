import { Args, Flags } from '@oclif/core';
import { BaseCommand } from '../../cli/base-command.ts';
import { findRun, readJournals } from '../../cli/journals.ts';
import { changeFlags } from '../../cli/run-flags.ts';
import type { RunResult } from '../../cli/run-result.ts';
import { Runner } from '../../cli/runner.ts';
import { offsetsUndo } from '../../steps/offsets/offsets-undo.ts';

export default class OffsetsUndo extends BaseCommand {
	static override summary = 'Offsets a run changed → as before: restored, and deleted where none existed.';
	static override description =
		'A run of its own: planned, confirmed, journalled, read back. A partition whose group has committed since is refused by name, unless --allow-rewind is given.';
	static override examples = [
		'<%= config.bin %> <%= command.id %> 7f3a12bc --dry-run',
		'<%= config.bin %> <%= command.id %> 7f3a12bc --confirm west',
	];
	static override args = { run: Args.string({ required: true, description: 'Id of the run: kdr runs list.' }) };
	static override flags = {
		config: changeFlags.config,
		link: changeFlags.link,
		confirm: changeFlags.confirm,
		'dry-run': changeFlags['dry-run'],
		input: changeFlags.input,
		report: changeFlags.report,
		'allow-rewind': Flags.boolean({
			summary: 'Also restore where a group has committed since: it reads again what it has read.',
		}),
	};

	async run(): Promise<RunResult> {
		const { args, flags } = await this.parse(OffsetsUndo);
		const { run, move } = findRun(await readJournals({ ...flags, signal: this.signal }), args.run);
		const params = { run, allowRewind: flags['allow-rewind'] };
		const steps = [{ id: 'offsets', kind: offsetsUndo.kind, params }];
		return new Runner(this.host).start({ ...flags, link: move.link, to: move.to }, { mode: 'change', steps });
	}
}
