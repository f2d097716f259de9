import { Args, Flags } from '@oclif/core';
import { BaseCommand } from '../../cli/base-command.ts';
import { killSide, openLab } from '../../lab/lab.ts';
import { defaultLabName } from '../../lab/paths.ts';

export default class LabKill extends BaseCommand {
	static override summary = 'Kill the brokers and the Connect worker of one side (SIGKILL): the region is gone.';
	static override examples = ['<%= config.bin %> <%= command.id %> east'];
	static override args = {
		side: Args.string({ required: true, options: ['east', 'west'], description: 'Whose brokers and Connect worker.' }),
	};
	static override flags = {
		name: Flags.string({ default: defaultLabName, helpValue: 'NAME', summary: 'Which lab.' }),
	};

	async run(): Promise<{ name: string; side: string; processes: string[] }> {
		const { args, flags } = await this.parse(LabKill);
		const side = args.side === 'east' ? 'east' : 'west';
		const processes = await killSide(openLab(flags.name), side);
		this.show(`Killed: ${processes.join(', ')}`);
		return { name: flags.name, side, processes };
	}
}
