import { BaseCommand, estateFlags } from '../../cli/base-command.ts';
import { composeWorld, openLink } from '../../cli/compose.ts';
import { warnOwedFences } from '../../cli/fence-debt.ts';
import { observedSide } from '../../domain/dns/flip.ts';
import type { DnsView } from '../../domain/dns/view.ts';
import { renderDns } from '../../ui/dns.ts';
import { screenOf } from '../../ui/screen.ts';

export default class DnsShow extends BaseCommand {
	static override summary =
		'Where the DNS name sends clients: the provider’s record, and the answer of every authoritative server.';
	static override examples = ['<%= config.bin %> <%= command.id %>', '<%= config.bin %> <%= command.id %> --json'];
	static override flags = estateFlags;

	async run(): Promise<DnsView> {
		const { flags } = await this.parse(DnsShow);
		const opened = await openLink(flags);
		const world = composeWorld(opened, this.signal);
		const { name, type, values } = opened.link.dns;
		try {
			const [record, answers] = await Promise.all([
				world.dns.zone.read(name, type),
				world.dns.answers.ask(name, type),
				warnOwedFences(world, opened.link, (text) => this.warning(text)),
			]);
			const view = { record, name, side: observedSide(record, values), values, answers };
			this.show(renderDns(view, screenOf(process.stdout, process.env)));
			return view;
		} finally {
			await world.close();
		}
	}
}
