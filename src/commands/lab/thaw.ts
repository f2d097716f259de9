import { Args, Flags } from '@oclif/core';
import { BaseCommand } from '../../cli/base-command.ts';
import { openLab, thawSide } from '../../lab/lab.ts';
import { defaultLabName } from '../../lab/paths.ts';

export default class LabThaw extends BaseCommand {
	static override summary = 'Let the frozen processes of one side go on (SIGCONT).';
	static override examples = ['<%= config.bin %> <%= command.id %> east'];
	static override args = {
		side: Args.string({ required: true, options: ['east', 'west'], description: 'Whose brokers and Connect worker.' }),
	};
	static override flags = {
		name: Flags.string({ default: defaultLabName, helpValue: 'NAME', summary: 'Which lab.' }),
	};

	async run(): Promise<{ name: string; side: string; processes: string[] }> {
		const { args, flags } = await this.parse(LabThaw);
		const side = args.side === 'east' ? 'east' : 'west';
		const processes = thawSide(openLab(flags.name), side);
		this.show(`Thawed: ${processes.join(', ')}`);
		return { name: flags.name, side, processes };
	}
}
