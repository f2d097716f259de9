import { BaseCommand } from '../../cli/base-command.ts';
import { composeWorld, openLink, shippedRunbook } from '../../cli/compose.ts';
import { approveFlag, changeFlags } from '../../cli/run-flags.ts';
import type { RunResult } from '../../cli/run-result.ts';
import { Runner } from '../../cli/runner.ts';
import { activeSide } from '../../observe/active-side.ts';

const { to: _, ...flags } = changeFlags;

export default class FenceLift extends BaseCommand {
	static override summary =
		'Remove the fence kdr set, and copies of its denials, on both clusters: fenced → writable. Nothing else is touched.';
	static override description =
		'Uses the journals: what was there before, and what others set, stays. Nothing keeps writers off the cluster that the clients left afterwards.';
	static override examples = [
		'<%= config.bin %> <%= command.id %> --dry-run',
		'<%= config.bin %> <%= command.id %> --confirm west',
	];
	static override flags = { ...flags, ...approveFlag };

	async run(): Promise<RunResult> {
		const { flags } = await this.parse(FenceLift);
		const opened = await openLink(flags);
		const world = composeWorld(opened, this.signal);
		const { active } = await activeSide(world, opened.link).finally(() => world.close());
		const { steps } = await shippedRunbook('fence-lift');
		return new Runner(this.host).start({ ...flags, to: active }, { mode: 'change', steps, paysFirst: false });
	}
}
