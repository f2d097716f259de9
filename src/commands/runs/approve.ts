import { Args, Flags } from '@oclif/core';
import { type Approved, approvePlan } from '../../cli/approve-plan.ts';
import { BaseCommand, estateFlags } from '../../cli/base-command.ts';
import { findRun, readJournals } from '../../cli/journals.ts';
import { changeFlags, goOnFlags } from '../../cli/run-flags.ts';
import { renderPlan } from '../../ui/plan.ts';
import { screenOf } from '../../ui/screen.ts';

export default class RunsApprove extends BaseCommand {
	static override summary =
		'Approve the plan of a run that waits for a second person, from any machine, as another user.';
	static override description =
		'Makes the plan again from what this machine sees, shows it, and asks for its token. The run continues only if its own plan has the same token then.';
	static override examples = [
		'<%= config.bin %> <%= command.id %> 7f3a12bc',
		'<%= config.bin %> <%= command.id %> 7f3a12bc --confirm 9c1e5f20aa34b7d6',
	];
	static override args = { run: Args.string({ required: true, description: 'Id of the run: kdr runs list.' }) };
	static override flags = {
		...estateFlags,
		confirm: Flags.string({
			helpValue: 'TOKEN',
			summary: 'The token of the plan, instead of typing it at the prompt.',
		}),
		input: changeFlags.input,
		override: goOnFlags.override,
	};

	async run(): Promise<Approved> {
		const { args, flags } = await this.parse(RunsApprove);
		const state = findRun(await readJournals({ ...flags, signal: this.signal }), args.run);
		const asking = { flags, json: this.jsonEnabled(), signal: this.signal, pauseScreen: () => {} };
		const approved = await approvePlan(flags, state, asking, (steps) =>
			this.note(renderPlan({ move: state.move, steps }, Date.now(), screenOf(process.stderr, process.env))),
		);
		this.show(`Plan ${approved.plan} of run ${approved.run} is approved.`);
		if (!approved.held) this.show(`Nobody is running it now. To resume it: kdr runs resume ${approved.run}`);
		return approved;
	}
}
