import { Args, Flags } from '@oclif/core';
import { BaseCommand } from '../../cli/base-command.ts';
import { findRun, readJournals } from '../../cli/journals.ts';
import { goOnFlags } from '../../cli/run-flags.ts';
import type { RunResult } from '../../cli/run-result.ts';
import { Runner } from '../../cli/runner.ts';

export default class RunsResume extends BaseCommand {
	static override summary = 'Go on with a run where its journal ends, from any machine.';
	static override description =
		'Steps that are done stay done; one that was under way is looked at first. Refused while its holder still lives, unless --takeover says why: the other side is fenced then, and its next step fails before its effect.';
	static override examples = [
		'<%= config.bin %> <%= command.id %> 7f3a12bc',
		'<%= config.bin %> <%= command.id %> 7f3a12bc --takeover "laptop died"',
	];
	static override args = { run: Args.string({ required: true, description: 'Id of the run: kdr runs list.' }) };
	static override flags = {
		...goOnFlags,
		takeover: Flags.string({ helpValue: 'REASON', summary: 'Take the run from a holder that still lives, and why.' }),
	};

	async run(): Promise<RunResult> {
		const { args, flags } = await this.parse(RunsResume);
		const { run, move } = findRun(await readJournals({ ...flags, signal: this.signal }), args.run);
		return new Runner(this.host).resume(flags, move, run, flags.takeover);
	}
}
