import { BaseCommand } from '../../cli/base-command.ts';
import { shippedRunbook } from '../../cli/compose.ts';
import { changeFlags } from '../../cli/run-flags.ts';
import type { RunResult } from '../../cli/run-result.ts';
import { Runner } from '../../cli/runner.ts';

export default class DnsFlip extends BaseCommand {
	static override summary = 'The DNS record → the other cluster, and nothing else.';
	static override description =
		'One atomic batch, which applies only if the record is still what the plan saw. Completes when the provider says INSYNC and every authoritative server answers the new value. Clients that are connected stay connected: kdr switchover moves them.';
	static override examples = [
		'<%= config.bin %> <%= command.id %> --to west',
		'<%= config.bin %> <%= command.id %> --to west --confirm west --json',
	];
	static override flags = changeFlags;

	async run(): Promise<RunResult> {
		const { flags } = await this.parse(DnsFlip);
		const { steps } = await shippedRunbook('dns-flip');
		return new Runner(this.host).start(flags, { mode: 'change', steps });
	}
}
