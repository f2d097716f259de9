import { Args } from '@oclif/core';
import { BaseCommand, estateFlags } from '../../cli/base-command.ts';
import { leaveWord, type Word } from '../../cli/signals.ts';

export default class RunsPause extends BaseCommand {
	static override summary = 'Ask whoever works on a run to stop at its next safe point, from any machine.';
	static override description =
		'A word in the journal, seen within 5 s; the lock stays with its holder. What is being written is finished and proven first. Go on with kdr runs resume.';
	static override examples = ['<%= config.bin %> <%= command.id %> 7f3a12bc'];
	static override args = { run: Args.string({ required: true, description: 'Id of the run: kdr runs list.' }) };
	static override flags = estateFlags;

	async run(): Promise<Word> {
		const { args, flags } = await this.parse(RunsPause);
		const word = await leaveWord('pause', { ...flags, run: args.run, signal: this.signal });
		this.show(`Run ${word.run} is asked to stop at its next safe point.`);
		if (!word.held) this.show(`Nobody works on it now; go on with it: kdr runs resume ${word.run}`);
		return word;
	}
}
