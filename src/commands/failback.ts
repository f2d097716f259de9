import { Flags } from '@oclif/core';
import { BaseCommand } from '../cli/base-command.ts';
import { shippedRunbook } from '../cli/compose.ts';
import { moveFlags } from '../cli/run-flags.ts';
import type { RunResult } from '../cli/run-result.ts';
import { Runner } from '../cli/runner.ts';

export default class Failback extends BaseCommand {
	static override summary =
		'The way back: clients on the standby after a failover → all clients on the first cluster again, mirror reversed, nothing more lost.';
	static override description =
		'Needs a paid fence (kdr fence pay) and a settled tail: replayed (kdr salvage replay), or discarded with --discard-tail and a reason, which the journal records. Reverses the mirror, waits until it has caught up, then does what a switchover does.';
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
		'discard-tail': Flags.string({
			helpValue: 'REASON',
			summary: 'Discard the tail, and why. The reason is recorded.',
		}),
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
