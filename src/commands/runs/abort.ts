import { Args } from '@oclif/core';
import { BaseCommand } from '../../cli/base-command.ts';
import { findRun, readJournals } from '../../cli/journals.ts';
import { undoFlags } from '../../cli/run-flags.ts';
import type { RunResult } from '../../cli/run-result.ts';
import { Runner } from '../../cli/runner.ts';

export default class RunsAbort extends BaseCommand {
	static override summary =
		'Give a run up before its point of no return: take all of it back and see that nothing of it is left.';
	static override description =
		'Refused past the point of no return, and when something of the run could not be taken back: kdr runs undo takes back what can be.';
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
		if (outcome.result === 'done') this.show('Nothing is left of it: all stands as before the run.');
		return outcome;
	}
}
