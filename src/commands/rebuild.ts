import { Args, Flags } from '@oclif/core';
import { BaseCommand } from '../cli/base-command.ts';
import { openEstate, shippedRunbook } from '../cli/compose.ts';
import { changeFlags, moveFlags } from '../cli/run-flags.ts';
import type { RunResult } from '../cli/run-result.ts';
import { Runner } from '../cli/runner.ts';
import { otherSide } from '../domain/config/link.ts';

const { to: _, ...flags } = changeFlags;

export default class Rebuild extends BaseCommand {
	static override summary =
		'Make a cluster that came back a clean mirror again: its topics deleted, and mirrored anew from the active cluster.';
	static override description =
		'For a cluster that diverged too far to be trusted, for compacted topics, and for doubt. The topics of the link on that cluster and the offsets groups committed on them are deleted; nothing brings them back. Begins only when the clients are on the other cluster, and what was left behind is settled: replayed (kdr salvage replay), or given up with --discard-tail and a reason. What the active cluster no longer holds is named, and lost only with --accept-loss. Halted or killed anywhere, kdr runs resume goes on. Needs DELETE and CREATE on the topics.';
	static override examples = [
		{ description: 'Look first', command: '<%= config.bin %> <%= command.id %> east --dry-run' },
		'<%= config.bin %> <%= command.id %> east --confirm east --discard-tail "exported, billing books it by hand"',
	];
	static override args = {
		cluster: Args.string({ required: true, description: 'The cluster to empty and fill again.' }),
	};
	static override flags = {
		...flags,
		confirm: Flags.string({
			helpValue: 'CLUSTER',
			summary: 'The name of the cluster to rebuild, instead of typing it at the prompt.',
		}),
		override: moveFlags.override,
		'discard-tail': Flags.string({ helpValue: 'REASON', summary: 'Let what was left behind be deleted, and why.' }),
		'accept-loss': Flags.string({
			helpValue: 'RECORDS',
			summary: 'How many records that only this cluster still holds may be lost.',
		}),
	};

	async run(): Promise<RunResult> {
		const { args, flags } = await this.parse(Rebuild);
		const { link } = await openEstate(flags);
		const { steps } = await shippedRunbook('rebuild');
		const active = otherSide(link, args.cluster);
		const { 'discard-tail': reason, 'accept-loss': loss, ...given } = flags;
		const question = `All topics of ${link.name} on ${args.cluster} are deleted and mirrored anew from ${active}. Type ${args.cluster} to do so:`;
		const consent = {
			...(reason !== undefined && { 'discard-tail': reason }),
			...(loss !== undefined && { 'accept-loss': loss }),
		};
		return new Runner(this.host).start(
			{ ...given, to: active, asks: { word: args.cluster, question } },
			{ mode: 'change', steps, consent },
		);
	}
}
