import { Args } from '@oclif/core';
import { BaseCommand, estateFlags } from '../../cli/base-command.ts';
import { leaveWord, type Word } from '../../cli/signals.ts';

export default class RunsRelease extends BaseCommand {
	static override summary = 'Let a run that is held go past its point of no return, from any machine.';
	static override description =
		'A word in the journal; the lock stays with its holder. A run that is not at the edge yet will not wait there.';
	static override examples = ['<%= config.bin %> <%= command.id %> 7f3a12bc'];
	static override args = { run: Args.string({ required: true, description: 'Id of the run: kdr runs list.' }) };
	static override flags = estateFlags;

	async run(): Promise<Word> {
		const { args, flags } = await this.parse(RunsRelease);
		const word = await leaveWord('release', { ...flags, run: args.run, signal: this.signal });
		this.show(`Run ${word.run} is released.`);
		if (!word.held) this.show(`Nobody works on it now; go on with it: kdr runs resume ${word.run}`);
		return word;
	}
}
