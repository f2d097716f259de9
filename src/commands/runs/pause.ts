import { Args } from '@oclif/core';
import { BaseCommand, estateFlags } from '../../cli/base-command.ts';
import { leaveSignal, type SignalLeft } from '../../cli/signals.ts';

export default class RunsPause extends BaseCommand {
	static override summary =
		'Ask whoever is running a run to stop at its next safe point, from any machine: running → paused.';
	static override description =
		'Leaves a signal in the journal, which the run sees within 5 s; the lock stays with its holder. A write under way is completed and proven first. To continue: kdr runs resume.';
	static override examples = ['<%= config.bin %> <%= command.id %> 7f3a12bc'];
	static override args = { run: Args.string({ required: true, description: 'Id of the run: kdr runs list.' }) };
	static override flags = estateFlags;

	async run(): Promise<SignalLeft> {
		const { args, flags } = await this.parse(RunsPause);
		const word = await leaveSignal('pause', { ...flags, run: args.run, signal: this.signal });
		this.show(`Run ${word.run} is asked to stop at its next safe point.`);
		if (!word.held) this.show(`Nobody is running it now. To resume it: kdr runs resume ${word.run}`);
		return word;
	}
}
