import { BaseCommand, estateFlags } from '../../cli/base-command.ts';
import { composeWorld, openLink } from '../../cli/compose.ts';
import type { FenceView } from '../../domain/fence/view.ts';
import { observeFence } from '../../observe/fence.ts';
import { reachOf } from '../../observe/fence-program.ts';
import { renderFence } from '../../ui/fence.ts';
import { screenOf } from '../../ui/screen.ts';

export default class FenceStatus extends BaseCommand {
	static override summary =
		'Whom kdr fences on each cluster, and the fences it owes, by the journals and the ACLs of both clusters.';
	static override description =
		'A fence is owed after a move away from a cluster that did not answer: it may return with writers that nobody sees. Copies are identical denials that something else carried over.';
	static override examples = ['<%= config.bin %> <%= command.id %>', '<%= config.bin %> <%= command.id %> --json'];
	static override flags = estateFlags;

	async run(): Promise<FenceView> {
		const { flags } = await this.parse(FenceStatus);
		const opened = await openLink(flags);
		const world = composeWorld(opened, this.signal);
		try {
			const view = await observeFence(world, opened.link, this.signal);
			this.show(`${renderFence(view, screenOf(process.stdout, process.env))}${reachOf(opened.link)}.`);
			return view;
		} finally {
			await world.close();
		}
	}
}
