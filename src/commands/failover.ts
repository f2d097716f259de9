import { Flags } from '@oclif/core';
import { BaseCommand } from '../cli/base-command.ts';
import { shippedRunbook } from '../cli/compose.ts';
import { assertLoss } from '../cli/consent-flags.ts';
import { moveFlags } from '../cli/run-flags.ts';
import type { RunResult } from '../cli/run-result.ts';
import { Runner } from '../cli/runner.ts';

export default class Failover extends BaseCommand {
	static override summary =
		'Unplanned move: the active cluster dead, frozen or unreachable → all clients on the standby, the possible loss bounded and accepted.';
	static override description =
		'Stops the mirror first, because it would resume when the old cluster wakes. States what is lost at most, sets the offsets of the groups from what the standby holds, and flips the DNS record. Waits for nothing on the dead cluster, and owes it a fence: kdr fence pay.';
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
			summary: 'Accept a loss of at most this much: 1907 (records), or 5s, 2m of writes.',
		}),
		supersede: Flags.string({
			helpValue: 'REASON',
			summary: 'Replace a run of the link that is open or stopped, and why; what it fenced, stopped and read is kept.',
		}),
		'without-journal': Flags.string({
			helpValue: 'REASON',
			summary:
				'Do not wait for a journal that is gone, unreadable or full, and why. It gets the events as soon as it takes them; this machine keeps a copy.',
		}),
	};

	async run(): Promise<RunResult> {
		const { flags } = await this.parse(Failover);
		const loss = flags['accept-loss'];
		assertLoss(loss);
		const { steps } = await shippedRunbook('failover');
		return new Runner(this.host).start(flags, {
			mode: 'failover',
			steps,
			consent: loss === undefined ? {} : { 'accept-loss': loss },
			supersede: flags.supersede,
			withoutJournal: flags['without-journal'],
		});
	}
}
