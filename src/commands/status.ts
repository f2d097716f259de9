import { BaseCommand, estateFlags } from '../cli/base-command.ts';
import { composeWorld, openLink } from '../cli/compose.ts';
import { isGone } from '../cli/operator.ts';
import { KdrError } from '../domain/errors/kdr-error.ts';
import type { LinkStatus } from '../domain/run/link-status.ts';
import { observeLinkStatus } from '../observe/link-status.ts';
import { screenOf } from '../ui/screen.ts';
import { describeIncomplete, renderStatus } from '../ui/status.ts';

export default class Status extends BaseCommand {
	static override summary =
		'The link at a glance: who is active, open runs, what is fenced and since when, owed fences, and the next command.';
	static override description =
		'Reads the DNS record and the journals of both clusters, and changes nothing. If a cluster does not answer within a few seconds, kdr names it, shows what the other one knows, and exits with 3.';
	static override examples = ['<%= config.bin %> <%= command.id %>', '<%= config.bin %> <%= command.id %> --json'];
	static override flags = estateFlags;

	async run(): Promise<LinkStatus> {
		const { flags } = await this.parse(Status);
		const opened = await openLink(flags);
		const world = composeWorld(opened, this.signal);
		try {
			const status = await observeLinkStatus(world, opened.link, isGone);
			this.show(renderStatus(status, world.clock.now(), screenOf(process.stdout, process.env)));
			const incomplete = describeIncomplete(status);
			if (incomplete !== null) this.exitWith(new KdrError('KDR_CHECK_FAILED', incomplete));
			return status;
		} finally {
			await world.close();
		}
	}
}
