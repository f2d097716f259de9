import { BaseCommand } from '../cli/base-command.ts';
import { shippedRunbook } from '../cli/compose.ts';
import { moveFlags } from '../cli/run-flags.ts';
import type { RunResult } from '../cli/run-result.ts';
import { Runner } from '../cli/runner.ts';

export default class Switchover extends BaseCommand {
	static override summary = 'Move all clients to the other cluster, both sides healthy: nothing lost, nothing skipped.';
	static override description =
		'Fences the writers, waits until everything is mirrored, evicts the readers, sets their offsets on the other side, reverses the mirror and flips the record. Before the point of no return a halt leaves the clients where they were; every step can be resumed by anybody: kdr runs resume.';
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
