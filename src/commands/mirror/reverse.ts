import { BaseCommand } from '../../cli/base-command.ts';
import { shippedRunbook } from '../../cli/compose.ts';
import { changeFlags } from '../../cli/run-flags.ts';
import type { RunResult } from '../../cli/run-result.ts';
import { Runner } from '../../cli/runner.ts';

export default class MirrorReverse extends BaseCommand {
	static override summary =
		'Mirror one way → the other way: stop the old direction, seed the new one at the cut, start it.';
	static override description =
		'--to names the cluster the clients moved to: records will flow from it to the other one. The cut is the one that the last switchover or failover recorded, so records written since then are mirrored too, once. Both directions never run at once.';
	static override examples = [
		'<%= config.bin %> <%= command.id %> --to west',
		'<%= config.bin %> <%= command.id %> --to west --dry-run',
	];
	static override flags = changeFlags;

	async run(): Promise<RunResult> {
		const { flags } = await this.parse(MirrorReverse);
		const { steps } = await shippedRunbook('mirror-reverse');
		return new Runner(this.host).start(flags, { mode: 'change', steps });
	}
}
