import { BaseCommand } from '../../cli/base-command.ts';
import { changeFlags } from '../../cli/run-flags.ts';
import type { RunResult } from '../../cli/run-result.ts';
import { Runner } from '../../cli/runner.ts';

export default class DnsFlip extends BaseCommand {
	static override summary = 'Point the record at the other cluster, and nothing else.';
	static override description =
		'One atomic batch that only applies if the record is still what was planned from; done when the provider says INSYNC and every authoritative server answers it. Moves nobody who is connected: kdr switchover does.';
	static override examples = [
		'<%= config.bin %> <%= command.id %> --to west',
		'<%= config.bin %> <%= command.id %> --to west --confirm west --json',
	];
	static override flags = changeFlags;

	async run(): Promise<RunResult> {
		const { flags } = await this.parse(DnsFlip);
		return new Runner(this.host).start(flags, {
			mode: 'change',
			steps: [{ id: 'dns-flip', kind: 'dns-flip', params: {} }],
		});
	}
}
