import { Args, Flags } from '@oclif/core';
import { BaseCommand } from '../../cli/base-command.ts';
import { labFlags } from '../../cli/lab-command.ts';
import { openLab } from '../../lab/lab.ts';
import { followLogs, type LabLog, labLogs } from '../../lab/logs.ts';

export default class LabLogs extends BaseCommand {
	static override summary = 'Show what the processes of a lab have printed.';
	static override examples = ['<%= config.bin %> lab logs west-connect --follow'];
	static override args = {
		process: Args.string({ description: 'A name from "lab status" (default: all).' }),
	};
	static override flags = {
		...labFlags,
		lines: Flags.integer({ default: 20, min: 0, helpValue: 'N', summary: 'How many of the last lines of each log.' }),
		follow: Flags.boolean({ char: 'f', summary: 'Keep showing what is added, until Ctrl-C.', exclusive: ['json'] }),
	};

	async run(): Promise<LabLog[]> {
		const { args, flags } = await this.parse(LabLogs);
		const logs = labLogs(openLab(flags.name), args.process, flags.lines);
		for (const log of logs) this.show(logs.length > 1 ? `== ${log.name} (${log.file})\n${log.tail}` : log.tail);
		if (flags.follow) {
			await followLogs(logs, this.signal, ({ name }, added) => {
				const text = added.trimEnd();
				this.show(logs.length > 1 ? text.replaceAll(/^/gm, `${name}: `) : text);
			});
		}
		return logs;
	}
}
