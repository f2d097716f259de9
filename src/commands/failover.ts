import { Flags } from '@oclif/core';
import { BaseCommand } from '../cli/base-command.ts';
import { shippedRunbook } from '../cli/compose.ts';
import { moveFlags } from '../cli/run-flags.ts';
import type { RunResult } from '../cli/run-result.ts';
import { Runner } from '../cli/runner.ts';
import { parseAcceptedLoss } from '../domain/plan/loss.ts';

export default class Failover extends BaseCommand {
	static override summary =
		'Move all clients to the other cluster although the one they are on is dead, frozen or lying.';
	static override description =
		'Stops the mirror first (or it resumes when the old cluster wakes), states what is lost at most, sets the groups’ offsets from what the standby holds, and flips the record. Waits for nothing on the dead side.';
	static override examples = [
		{ description: 'Look first', command: '<%= config.bin %> <%= command.id %> --to west --dry-run' },
		{
			description: 'Without a terminal',
			command: '<%= config.bin %> <%= command.id %> --to west --confirm west --accept-loss 60s',
		},
	];
	static override flags = {
		...moveFlags,
		'accept-loss': Flags.string({
			helpValue: 'RECORDS|TIME',
			summary: 'Go on if at most so much is lost: 1907 (records), or 5s, 2m of writes.',
		}),
	};

	async run(): Promise<RunResult> {
		const { flags } = await this.parse(Failover);
		const loss = flags['accept-loss'];
		if (loss !== undefined) parseAcceptedLoss(loss);
		const { steps } = await shippedRunbook('failover');
		return new Runner(this.host).start(flags, {
			mode: 'failover',
			steps,
			consent: loss === undefined ? {} : { 'accept-loss': loss },
		});
	}
}
