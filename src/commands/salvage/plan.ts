import { BaseCommand, estateFlags } from '../../cli/base-command.ts';
import { composeWorld, openLink } from '../../cli/compose.ts';
import { warnOwedFences } from '../../cli/fence-debt.ts';
import { KdrError } from '../../domain/errors/kdr-error.ts';
import type { SalvageView } from '../../domain/salvage/view.ts';
import { returnedLost, returnedLostText } from '../../observe/returned-lost.ts';
import { observeSalvage } from '../../observe/salvage.ts';
import { renderSalvage } from '../../ui/salvage.ts';
import { screenOf } from '../../ui/screen.ts';

export default class SalvagePlan extends BaseCommand {
	static override summary =
		'The tail: what the returned cluster holds that the active one never got, exactly, per partition.';
	static override description =
		'Compares records by content, from the cut that the failover recorded to where the logs ended when the cluster was fenced. Ignores records of aborted transactions. Exits with 3 if the tail of a partition cannot be known.';
	static override examples = ['<%= config.bin %> <%= command.id %>', '<%= config.bin %> <%= command.id %> --json'];
	static override flags = estateFlags;

	async run(): Promise<SalvageView> {
		const { flags } = await this.parse(SalvagePlan);
		const opened = await openLink(flags);
		const world = composeWorld(opened, this.signal);
		try {
			const [view, lost] = await Promise.all([
				observeSalvage(world, opened.link),
				returnedLost(world, opened.link),
				warnOwedFences(world, opened.link, (text) => this.warning(text)),
			]);
			if (lost && lost.lost.length > 0) this.warning(`${returnedLostText(lost)}: kdr rebuild ${lost.returned}`);
			this.show(renderSalvage(view, screenOf(process.stdout, process.env)));
			const [first] = view.unknown;
			if (first) this.exitWith(new KdrError('KDR_TAIL_UNKNOWN', `${first.topic} ${first.partition}: ${first.reason}`));
			return view;
		} finally {
			await world.close();
		}
	}
}
