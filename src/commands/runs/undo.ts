import { Args } from '@oclif/core';
import { BaseCommand } from '../../cli/base-command.ts';
import { findRun, readJournals } from '../../cli/journals.ts';
import { undoFlags } from '../../cli/run-flags.ts';
import type { RunResult } from '../../cli/run-result.ts';
import { Runner } from '../../cli/runner.ts';

export default class RunsUndo extends BaseCommand {
	static override summary =
		'Take a run back, its last change first: planned, confirmed, journalled and proven like any other.';
	static override description =
		'What cannot be taken back is named with the reason and stays. Past the point of no return the id of the run must be typed, and no group may be at work on the cluster that is given up: what clients wrote there since stays there.';
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
