import { BaseCommand } from '../../cli/base-command.ts';
import { composeWorld, openEstate } from '../../cli/compose.ts';
import { approveFlag, changeFlags } from '../../cli/run-flags.ts';
import type { RunResult } from '../../cli/run-result.ts';
import { Runner } from '../../cli/runner.ts';
import { activeSide } from '../../observe/active-side.ts';

const { to: _, ...flags } = changeFlags;

export default class FenceLift extends BaseCommand {
	static override summary =
		'Take away the fence kdr put up, on both clusters, and copies of its denials; nothing else is touched.';
	static override description =
		'By the journals: what was there before, and what another hand made, stays. On the cluster the clients left nothing keeps them from writing afterwards.';
	static override examples = [
		'<%= config.bin %> <%= command.id %> --dry-run',
		'<%= config.bin %> <%= command.id %> --confirm west',
	];
	static override flags = { ...flags, ...approveFlag };

	async run(): Promise<RunResult> {
		const { flags } = await this.parse(FenceLift);
		const estate = await openEstate(flags);
		const world = composeWorld(estate, this.signal);
		const { active } = await activeSide(world, estate.link).finally(() => world.close());
		return new Runner(this.host).start(
			{ ...flags, to: active },
			{ mode: 'change', steps: [{ id: 'fence-lift', kind: 'fence-lift', params: {} }], paysFirst: false },
		);
	}
}
