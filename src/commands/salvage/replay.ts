import { Flags } from '@oclif/core';
import { BaseCommand } from '../../cli/base-command.ts';
import { composeWorld, openLink } from '../../cli/compose.ts';
import { changeFlags } from '../../cli/run-flags.ts';
import type { RunResult } from '../../cli/run-result.ts';
import { Runner } from '../../cli/runner.ts';
import { salvageFlags } from '../../cli/salvage-flags.ts';
import { activeSide } from '../../observe/active-side.ts';
import { moveWithTail } from '../../observe/tails.ts';
import { noTail } from '../../ui/salvage.ts';

const { to: _, ...flags } = changeFlags;

export default class SalvageReplay extends BaseCommand {
	static override summary =
		'Tail on the returned cluster → appended to the active cluster, each record once, with its origin in the header kdr-origin.';
	static override description =
		'The records come after those written since: out of order, and read by groups that may have processed them on the cluster that died. A record that is there already, by its origin, is not written again; on a compacted topic an older value never follows a newer one. With --to-topic all records that were not replayed go to a quarantine topic, older values too, where nobody reads them by mistake; that settles the tail for kdr failback and kdr rebuild. Needs WRITE on the topics.';
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
			summary: 'Also replay records whose key was written on the active cluster since.',
		}),
		'to-topic': Flags.string({
			helpValue: 'TOPIC',
			summary: 'A quarantine topic instead of their own; created, with unlimited retention, if it does not exist.',
		}),
		rate: Flags.integer({ min: 1, helpValue: 'N', summary: 'At most this many records per second.' }),
		file: Flags.string({
			helpValue: 'FILE',
			summary: 'Read a file of kdr salvage export --format binary, instead of the returned cluster.',
		}),
	};

	async run(): Promise<RunResult | { run: null }> {
		const { flags } = await this.parse(SalvageReplay);
		const { topic, key, conflicts, rate, file, 'to-topic': toTopic, ...given } = flags;
		const active = await this.#active(given, file);
		if (active === null) {
			this.show(noTail('The link'));
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
		const opened = await openLink(given);
		const world = composeWorld(opened, this.signal);
		try {
			if (file !== undefined) return (await activeSide(world, opened.link)).active;
			return (await moveWithTail(world, opened.link))?.active ?? null;
		} finally {
			await world.close();
		}
	}
}
