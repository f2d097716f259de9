import { BaseCommand } from '../../cli/base-command.ts';
import { labFlags } from '../../cli/lab-command.ts';
import { labDown } from '../../lab/lab.ts';

export default class LabDown extends BaseCommand {
	static override summary = 'End a lab and remove all of it: processes, data, configuration.';
	static override examples = [
		'<%= config.bin %> <%= command.id %>',
		'<%= config.bin %> <%= command.id %> --name second',
	];
	static override flags = labFlags;

	async run(): Promise<{ name: string; ended: string[] }> {
		const { flags } = await this.parse(LabDown);
		const ended = await labDown(flags.name);
		this.show(`Lab ${flags.name} is gone: no process, port or file is left.`);
		return { name: flags.name, ended };
	}
}
