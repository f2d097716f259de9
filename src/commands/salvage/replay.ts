import { Flags } from '@oclif/core';
import { composeWorld, openEstate } from '../../cli/compose.ts';
import { changeFlags, RunCommand, type RunResult } from '../../cli/run-command.ts';
import { leftBehind } from '../../steps/salvage-facts.ts';

const { to: _, ...flags } = changeFlags;

export default class SalvageReplay extends RunCommand {
	static override summary = 'Append the records left behind to the active cluster, each once, with its origin in the header kdr-origin.';
	static override description =
		'They come after what was written since: out of order, and read by groups that may have processed them on the cluster that died. What is there already by its origin is not written again, and on a compacted topic an older value never follows a newer one. Needs WRITE on the topics.';
	static override examples = [
		'<%= config.bin %> <%= command.id %> --dry-run',
		'<%= config.bin %> <%= command.id %> --topic orders --no-conflicts --confirm west',
	];
	static override flags = {
		...flags,
		topic: Flags.string({ multiple: true, helpValue: 'TOPIC', summary: 'Only this topic; may be given more than once.' }),
		conflicts: Flags.boolean({
			allowNo: true,
			default: true,
			summary: 'Whether records are taken whose key was written on the active cluster since.',
		}),
	};

	async run(): Promise<RunResult | { run: null }> {
		const { flags } = await this.parse(SalvageReplay);
		const estate = await openEstate(flags);
		const world = composeWorld(estate, this.signal);
		const left = await leftBehind(world, estate.link).finally(() => world.close());
		if (!left) {
			this.show('The last move was planned, or none is journalled: nothing was left behind.');
			return { run: null };
		}
		const { topic, conflicts, ...given } = flags;
		const params = { topics: topic ?? [], conflicts };
		return this.change(
			{ ...given, to: left.active },
			{ mode: 'change', steps: [{ id: 'salvage-replay', kind: 'salvage-replay', params }] },
		);
	}
}
