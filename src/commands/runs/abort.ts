import { Args } from '@oclif/core';
import { BaseCommand } from '../../cli/base-command.ts';
import { findRun, readJournals } from '../../cli/journals.ts';
import { undoFlags } from '../../cli/run-flags.ts';
import type { RunResult } from '../../cli/run-result.ts';
import { Runner } from '../../cli/runner.ts';

export default class RunsAbort extends BaseCommand {
	static override summary =
		'Give up a run before its point of no return: halted or open → everything as it was before the run, and checked.';
	static override description =
		'Refused past the point of no return, and if a change of the run cannot be undone: kdr runs undo undoes what it can.';
	static override examples = ['<%= config.bin %> <%= command.id %> 7f3a12bc --confirm east'];
	static override args = { run: Args.string({ required: true, description: 'Id of the run: kdr runs list.' }) };
	static override flags = undoFlags;

	async run(): Promise<RunResult> {
		const { args, flags } = await this.parse(RunsAbort);
		const outcome = await new Runner(this.host).undo(
			flags,
			findRun(await readJournals({ ...flags, signal: this.signal }), args.run),
			true,
		);
		if (outcome.result === 'done') this.show('Everything is as it was before the run.');
		return outcome;
	}
}
