import { Flags } from '@oclif/core';
import { BaseCommand, estateFlags } from '../../cli/base-command.ts';
import { composeWorld, openLink } from '../../cli/compose.ts';
import { writeSalvage } from '../../cli/salvage-files.ts';
import { salvageFlags } from '../../cli/salvage-flags.ts';
import { KdrError } from '../../domain/errors/kdr-error.ts';
import { selector } from '../../domain/salvage/tail-record.ts';
import { allTailRecords, countTails, findTails } from '../../observe/salvage.ts';
import { renderSalvage } from '../../ui/salvage.ts';
import { screenOf } from '../../ui/screen.ts';
import { records as recordsOf } from '../../ui/words.ts';

export default class SalvageExport extends BaseCommand {
	static override summary =
		'Write every record of the tail to a file, without loss: one JSON object per line, or binary.';
	static override description =
		'DIR/orphans.jsonl holds topic, partition, offset, timestamp and headers of each record, and what it is to the active cluster now; bytes are base64. With --format binary it is DIR/orphans.bin, which kdr salvage replay --file reads (docs/salvage-file.md). DIR/plan.json holds what kdr salvage plan shows. Only the owner can read the files. Changes nothing on either cluster.';
	static override examples = [
		'<%= config.bin %> <%= command.id %> --out tail',
		'<%= config.bin %> <%= command.id %> --out tail --format binary --topic orders',
	];
	static override flags = {
		...estateFlags,
		out: Flags.string({
			required: true,
			helpValue: 'DIR',
			summary: 'The folder to write to; created if it does not exist.',
		}),
		format: Flags.string({
			options: ['jsonl', 'binary'],
			default: 'jsonl',
			summary: 'jsonl for people and scripts; binary to replay from.',
		}),
		...salvageFlags,
	};

	async run(): Promise<{ file: string; records: number }> {
		const { flags } = await this.parse(SalvageExport);
		const opened = await openLink(flags);
		const world = composeWorld(opened, this.signal);
		const { topic: topics = [], key: keys = [] } = flags;
		const wanted = selector({ topics, keys });
		try {
			const source = await findTails(world, opened.link);
			const view = await countTails(world, opened.link, source, wanted);
			const unknown = view.unknown.find(({ topic }) => topics.length === 0 || topics.includes(topic));
			if (unknown) {
				this.note(renderSalvage(view, screenOf(process.stderr, process.env)));
				throw new KdrError('KDR_TAIL_UNKNOWN', `${unknown.topic} ${unknown.partition}: ${unknown.reason}`);
			}
			const records = source ? allTailRecords(world, source, wanted) : nothing();
			const written = await writeSalvage(
				{ dir: flags.out, binary: flags.format === 'binary', cluster: view.returned },
				records,
				view,
			);
			this.show(`${recordsOf(written.records)} written to ${written.file}`);
			return written;
		} finally {
			await world.close();
		}
	}
}

async function* nothing(): AsyncIterable<never> {}
