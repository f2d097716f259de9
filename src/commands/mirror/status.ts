import { BaseCommand, estateFlags } from '../../cli/base-command.ts';
import { composeWorld, openLink } from '../../cli/compose.ts';
import { warnOwedFences } from '../../cli/fence-debt.ts';
import type { MirrorView } from '../../domain/mirror/view.ts';
import { observeMirror } from '../../observe/mirror.ts';
import { renderMirror } from '../../ui/mirror.ts';
import { screenOf } from '../../ui/screen.ts';

export default class MirrorStatus extends BaseCommand {
	static override summary = 'The MirrorMaker 2 connectors of the link in both directions: states, tasks, positions.';
	static override examples = ['<%= config.bin %> <%= command.id %>', '<%= config.bin %> <%= command.id %> --json'];
	static override flags = estateFlags;

	async run(): Promise<MirrorView> {
		const { flags } = await this.parse(MirrorStatus);
		const opened = await openLink(flags);
		const world = composeWorld(opened, this.signal);
		try {
			const [view] = await Promise.all([
				observeMirror(world, opened.link),
				warnOwedFences(world, opened.link, (text) => this.warning(text)),
			]);
			this.show(renderMirror(view, screenOf(process.stdout, process.env)));
			return view;
		} finally {
			await world.close();
		}
	}
}
