import { Flags } from '@oclif/core';
import { BaseCommand } from '../../cli/base-command.ts';
import { composeWorld, openEstate } from '../../cli/compose.ts';
import { changeFlags } from '../../cli/run-flags.ts';
import type { RunResult } from '../../cli/run-result.ts';
import { Runner } from '../../cli/runner.ts';
import { salvageFlags } from '../../cli/salvage-flags.ts';
import { activeSide } from '../../observe/active-side.ts';
import { leftBehind } from '../../observe/tails.ts';

const { to: _, ...flags } = changeFlags;

export default class SalvageReplay extends BaseCommand {
	static override summary =
		'Append the records left behind to the active cluster, each once, with its origin in the header kdr-origin.';
	static override description =
		'They come after what was written since: out of order, and read by groups that may have processed them on the cluster that died. What is there already by its origin is not written again, and on a compacted topic an older value never follows a newer one. With --to-topic they go to a quarantine topic instead, where nobody reads them by mistake: all that were not replayed, older values too; that settles them for kdr failback and kdr rebuild. Needs WRITE on the topics.';
	static override examples = [
		'<%= config.bin %> <%= command.id %> --dry-run',
		'<%= config.bin %> <%= command.id %> --topic orders --no-conflicts --confirm west',
		'<%= config.bin %> <%= command.id %> --to-topic orders-quarantine --rate 500 --confirm west',
	];
	static override flags = {
		...flags,
		...salvageFlags,
		conflicts: Flags.boolean({
			allowNo: true,
			default: true,
			summary: 'Whether records are taken whose key was written on the active cluster since.',
		}),
		'to-topic': Flags.string({
			helpValue: 'TOPIC',
			summary: 'A quarantine topic instead of their own; made, to be kept for ever, if it is not there.',
		}),
		rate: Flags.integer({ min: 1, helpValue: 'N', summary: 'Records per second at most.' }),
		file: Flags.string({
			helpValue: 'FILE',
			summary: 'A file of kdr salvage export --format binary, instead of the cluster they were left on.',
		}),
	};

	async run(): Promise<RunResult | { run: null }> {
		const { flags } = await this.parse(SalvageReplay);
		const { topic, key, conflicts, rate, file, 'to-topic': toTopic, ...given } = flags;
		const active = await this.#active(given, file);
		if (active === null) {
			this.show(
				'The last move was planned, none is journalled, or the cluster was rebuilt since: nothing was left behind.',
			);
			return { run: null };
		}
		const params = {
			...{ topics: topic ?? [], keys: key ?? [], conflicts },
			...(toTopic !== undefined && { toTopic }),
			...(rate !== undefined && { rate }),
			...(file !== undefined && { file }),
		};
		return new Runner(this.host).start(
			{ ...given, to: active },
			{ mode: 'change', steps: [{ id: 'salvage-replay', kind: 'salvage-replay', params }] },
		);
	}

	/** Where they are to be written; a file can be replayed whatever the last move was. */
	async #active(
		given: { config?: string | undefined; link?: string | undefined },
		file: string | undefined,
	): Promise<string | null> {
		const estate = await openEstate(given);
		const world = composeWorld(estate, this.signal);
		try {
			if (file !== undefined) return (await activeSide(world, estate.link)).active;
			return (await leftBehind(world, estate.link))?.active ?? null;
		} finally {
			await world.close();
		}
	}
}
