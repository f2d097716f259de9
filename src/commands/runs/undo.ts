import { Args } from '@oclif/core';
import { BaseCommand } from '../../cli/base-command.ts';
import { findRun, readJournals } from '../../cli/journals.ts';
import { undoFlags } from '../../cli/run-flags.ts';
import type { RunResult } from '../../cli/run-result.ts';
import { Runner } from '../../cli/runner.ts';

export default class RunsUndo extends BaseCommand {
	static override summary =
		'Undo a run, its last change first: halted or done → as before the run; planned, confirmed, journalled and proven like any other.';
	static override description =
		'Names every change that cannot be undone, with the reason. Past the point of no return you type the id of the run, and no group may be active on the cluster that the clients leave: records written there since then stay there.';
	static override examples = [
		{ description: 'Look first', command: '<%= config.bin %> <%= command.id %> 7f3a12bc --dry-run' },
		{ description: 'Without a terminal', command: '<%= config.bin %> <%= command.id %> 7f3a12bc --confirm east' },
	];
	static override args = { run: Args.string({ required: true, description: 'Id of the run: kdr runs list.' }) };
	static override flags = undoFlags;

	async run(): Promise<RunResult> {
		const { args, flags } = await this.parse(RunsUndo);
		return new Runner(this.host).undo(
			flags,
			findRun(await readJournals({ ...flags, signal: this.signal }), args.run),
			false,
		);
	}
}
