import { BaseCommand } from '../../cli/base-command.ts';
import { labFlags } from '../../cli/lab-command.ts';
import { type LabStatusRow, labStatus, openLab } from '../../lab/lab.ts';
import { statusText } from '../../lab/status-text.ts';

export default class LabStatus extends BaseCommand {
	static override summary = 'Show the processes of a lab: up, frozen or dead, their addresses and memory.';
	static override examples = ['<%= config.bin %> <%= command.id %>', '<%= config.bin %> <%= command.id %> --json'];
	static override flags = labFlags;

	async run(): Promise<{ name: string; dir: string; processes: LabStatusRow[] }> {
		const { flags } = await this.parse(LabStatus);
		const state = openLab(flags.name);
		const processes = labStatus(state);
		this.show(statusText(state, processes));
		return { name: state.name, dir: state.dir, processes };
	}
}
