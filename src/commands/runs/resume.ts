import { Args, Flags } from '@oclif/core';
import { BaseCommand } from '../../cli/base-command.ts';
import { findRun, readJournals } from '../../cli/journals.ts';
import { goOnFlags } from '../../cli/run-flags.ts';
import type { RunResult } from '../../cli/run-result.ts';
import { Runner } from '../../cli/runner.ts';

export default class RunsResume extends BaseCommand {
	static override summary =
		'Resume a halted or abandoned run where its journal ends, from any machine: halted → running.';
	static override description =
		'Completed steps stay completed; a step that was under way is looked at first. Refused while another operator holds the run, unless --takeover gives a reason: the other process is stopped, and its next step fails before its effect.';
	static override examples = [
		'<%= config.bin %> <%= command.id %> 7f3a12bc',
		'<%= config.bin %> <%= command.id %> 7f3a12bc --takeover "laptop died"',
	];
	static override args = { run: Args.string({ required: true, description: 'Id of the run: kdr runs list.' }) };
	static override flags = {
		...goOnFlags,
		takeover: Flags.string({
			helpValue: 'REASON',
			summary: 'Take over a run another operator holds. REASON is recorded; the other process is stopped.',
		}),
	};

	async run(): Promise<RunResult> {
		const { args, flags } = await this.parse(RunsResume);
		const state = findRun(await readJournals({ ...flags, signal: this.signal }), args.run);
		return new Runner(this.host).resume(flags, state, flags.takeover);
	}
}
