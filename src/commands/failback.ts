import { Flags } from '@oclif/core';
import { BaseCommand } from '../cli/base-command.ts';
import { shippedRunbook } from '../cli/compose.ts';
import { moveFlags } from '../cli/run-flags.ts';
import type { RunResult } from '../cli/run-result.ts';
import { Runner } from '../cli/runner.ts';

export default class Failback extends BaseCommand {
	static override summary =
		'Move all clients home after a failover: mirror turned round and caught up, then everything a switchover does.';
	static override description =
		'Begins only when the fence that was owed is paid (kdr fence pay) and what was left behind is settled: replayed (kdr salvage replay), or given up with --discard-tail and a reason, which is journalled.';
	static override examples = [
		{ description: 'Look first', command: '<%= config.bin %> <%= command.id %> --to east --dry-run' },
		{
			description: 'Without a terminal',
			command:
				'<%= config.bin %> <%= command.id %> --to east --confirm east --discard-tail "exported, billing books it by hand"',
		},
	];
	static override flags = {
		...moveFlags,
		'discard-tail': Flags.string({ helpValue: 'REASON', summary: 'Leave what was left behind where it is, and why.' }),
	};

	async run(): Promise<RunResult> {
		const { flags } = await this.parse(Failback);
		const { steps } = await shippedRunbook('failback');
		const reason = flags['discard-tail'];
		return new Runner(this.host).start(flags, {
			mode: 'switchover',
			steps,
			consent: reason === undefined ? {} : { 'discard-tail': reason },
		});
	}
}
