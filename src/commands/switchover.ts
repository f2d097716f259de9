import { BaseCommand } from '../cli/base-command.ts';
import { shippedRunbook } from '../cli/compose.ts';
import { moveFlags } from '../cli/run-flags.ts';
import type { RunResult } from '../cli/run-result.ts';
import { Runner } from '../cli/runner.ts';

export default class Switchover extends BaseCommand {
	static override summary =
		'Planned move: both clusters healthy, clients on one → all clients on the other, nothing lost, nothing skipped.';
	static override description =
		'Fences the writers, waits until every record is mirrored, evicts the readers, sets their offsets on the other cluster, reverses the mirror and flips the DNS record. Until the point of no return the clients stay where they are, and kdr runs undo restores everything. Anybody can resume a halted run: kdr runs resume.';
	static override examples = [
		{ description: 'Look first', command: '<%= config.bin %> <%= command.id %> --to west --dry-run' },
		{
			description: 'Without a terminal',
			command: '<%= config.bin %> <%= command.id %> --to west --confirm west --report move.md',
		},
	];
	static override flags = moveFlags;

	async run(): Promise<RunResult> {
		const { flags } = await this.parse(Switchover);
		const { steps } = await shippedRunbook('switchover');
		return new Runner(this.host).start(flags, { mode: 'switchover', steps });
	}
}
