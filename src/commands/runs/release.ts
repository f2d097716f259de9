import { Args } from '@oclif/core';
import { BaseCommand, estateFlags } from '../../cli/base-command.ts';
import { leaveSignal, type SignalLeft } from '../../cli/signals.ts';

export default class RunsRelease extends BaseCommand {
	static override summary = 'Let a held run pass its point of no return, from any machine: held → running.';
	static override description =
		'Leaves a signal in the journal; the lock stays with its holder. A run that has not reached its point of no return will not wait there.';
	static override examples = ['<%= config.bin %> <%= command.id %> 7f3a12bc'];
	static override args = { run: Args.string({ required: true, description: 'Id of the run: kdr runs list.' }) };
	static override flags = estateFlags;

	async run(): Promise<SignalLeft> {
		const { args, flags } = await this.parse(RunsRelease);
		const word = await leaveSignal('release', { ...flags, run: args.run, signal: this.signal });
		this.show(`Run ${word.run} is released.`);
		if (!word.held) this.show(`Nobody is running it now. To resume it: kdr runs resume ${word.run}`);
		return word;
	}
}
