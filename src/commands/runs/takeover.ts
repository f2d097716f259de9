import { Args, Flags } from '@oclif/core';
import { BaseCommand } from '../../cli/base-command.ts';
import { findRun, readJournals } from '../../cli/journals.ts';
import { goOnFlags } from '../../cli/run-flags.ts';
import type { RunResult } from '../../cli/run-result.ts';
import { Runner } from '../../cli/runner.ts';

export default class RunsTakeover extends BaseCommand {
	static override summary =
		'Take over a run that another operator holds, and resume it: held by somebody else → running here.';
	static override description =
		'Stops the other process first: its next step fails before its effect, even if its laptop was only asleep. The journal and the report record the reason.';
	static override examples = ['<%= config.bin %> <%= command.id %> 7f3a12bc --reason "laptop died"'];
	static override args = { run: Args.string({ required: true, description: 'Id of the run: kdr runs list.' }) };
	static override flags = {
		...goOnFlags,
		reason: Flags.string({ required: true, helpValue: 'REASON', summary: 'Why you take it over.' }),
	};

	async run(): Promise<RunResult> {
		const { args, flags } = await this.parse(RunsTakeover);
		const state = findRun(await readJournals({ ...flags, signal: this.signal }), args.run);
		return new Runner(this.host).resume(flags, state, flags.reason);
	}
}
