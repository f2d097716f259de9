import { Args, Flags } from '@oclif/core';
import { BaseCommand } from '../../cli/base-command.ts';
import { findRun, readJournals } from '../../cli/journals.ts';
import { goOnFlags } from '../../cli/run-flags.ts';
import type { RunResult } from '../../cli/run-result.ts';
import { Runner } from '../../cli/runner.ts';

export default class RunsTakeover extends BaseCommand {
	static override summary = 'Take a run from whoever works on it, and go on with it.';
	static override description =
		'The other side is fenced first: its next step fails before its effect, also if its laptop only slept. The reason stands in journal and report.';
	static override examples = ['<%= config.bin %> <%= command.id %> 7f3a12bc --reason "laptop died"'];
	static override args = { run: Args.string({ required: true, description: 'Id of the run: kdr runs list.' }) };
	static override flags = {
		...goOnFlags,
		reason: Flags.string({ required: true, helpValue: 'REASON', summary: 'Why it is taken over.' }),
	};

	async run(): Promise<RunResult> {
		const { args, flags } = await this.parse(RunsTakeover);
		const { run, move } = findRun(await readJournals({ ...flags, signal: this.signal }), args.run);
		return new Runner(this.host).resume(flags, move, run, flags.reason);
	}
}
