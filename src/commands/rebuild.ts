import { Args, Flags } from '@oclif/core';
import { BaseCommand } from '../cli/base-command.ts';
import { openLink, shippedRunbook } from '../cli/compose.ts';
import { changeFlags, moveFlags } from '../cli/run-flags.ts';
import type { RunResult } from '../cli/run-result.ts';
import { Runner } from '../cli/runner.ts';
import { otherSide } from '../domain/config/link.ts';

const { to: _, ...flags } = changeFlags;

export default class Rebuild extends BaseCommand {
	static override summary =
		'A returned cluster that diverged → a clean mirror of the active cluster: its topics are deleted and mirrored again.';
	static override description =
		'For a cluster that cannot be trusted any more, for compacted topics, and for doubt. Deletes the topics of the link on that cluster and the offsets that groups committed there; nothing restores them. Needs the clients on the other cluster and a settled tail: replayed (kdr salvage replay), or given up with --discard-tail and a reason. Records that the active cluster no longer holds are named, and lost only with --accept-loss. Can be resumed after a halt or a crash. Needs DELETE and CREATE on the topics.';
	static override examples = [
		{ description: 'Look first', command: '<%= config.bin %> <%= command.id %> east --dry-run' },
		'<%= config.bin %> <%= command.id %> east --confirm east --discard-tail "exported, billing books it by hand"',
	];
	static override args = {
		cluster: Args.string({ required: true, description: 'The cluster to empty and mirror again.' }),
	};
	static override flags = {
		...flags,
		confirm: Flags.string({
			helpValue: 'CLUSTER',
			summary: 'The cluster to rebuild again, instead of typing it at the prompt.',
		}),
		override: moveFlags.override,
		'discard-tail': Flags.string({
			helpValue: 'REASON',
			summary: 'Let the tail be deleted, and why. The reason is recorded.',
		}),
		'accept-loss': Flags.string({
			helpValue: 'RECORDS',
			summary: 'Accept the loss of at most this many records that only this cluster still holds.',
		}),
	};

	async run(): Promise<RunResult> {
		const { args, flags } = await this.parse(Rebuild);
		const { link } = await openLink(flags);
		const { steps } = await shippedRunbook('rebuild');
		const active = otherSide(link, args.cluster);
		const { 'discard-tail': reason, 'accept-loss': loss, ...given } = flags;
		const question = `All topics of ${link.name} on ${args.cluster} are deleted and mirrored again from ${active}. Type ${args.cluster} to delete them:`;
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
