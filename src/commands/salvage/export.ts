import { Flags } from '@oclif/core';
import { BaseCommand, estateFlags } from '../../cli/base-command.ts';
import { composeWorld, openEstate } from '../../cli/compose.ts';
import { writeSalvage } from '../../cli/salvage-files.ts';
import { KdrError } from '../../domain/errors/kdr-error.ts';
import { observeSalvage, salvageLines } from '../../steps/salvage-facts.ts';
import { renderSalvage } from '../../ui/salvage.ts';
import { screenOf } from '../../ui/screen.ts';
import { records as recordsOf } from '../../ui/words.ts';

export default class SalvageExport extends BaseCommand {
	static override summary = 'Write every record left behind to a file, without loss: one JSON object a line, bytes in base64.';
	static override description =
		'DIR/orphans.jsonl holds the records with topic, partition, offset, timestamp, headers and what each is to the active cluster now; DIR/plan.json what kdr salvage plan tells. Only the owner can read them. Changes nothing on either cluster.';
	static override examples = [
		'<%= config.bin %> <%= command.id %> --out tail',
		'<%= config.bin %> <%= command.id %> --out tail --topic orders',
	];
	static override flags = {
		...estateFlags,
		out: Flags.string({ required: true, helpValue: 'DIR', summary: 'Where to; made if it is not there.' }),
		topic: Flags.string({ multiple: true, helpValue: 'TOPIC', summary: 'Only this topic; may be given more than once.' }),
	};

	async run(): Promise<{ file: string; records: number }> {
		const { flags } = await this.parse(SalvageExport);
		const estate = await openEstate(flags);
		const world = composeWorld(estate, this.signal);
		try {
			const view = await observeSalvage(world, estate.link);
			const wanted = (topic: string): boolean => flags.topic === undefined || flags.topic.includes(topic);
			const unknown = view.unknown.find(({ topic }) => wanted(topic));
			if (unknown) {
				this.note(renderSalvage(view, screenOf(process.stderr, process.env)));
				throw new KdrError('KDR_TAIL_UNKNOWN', `${unknown.topic} ${unknown.partition}: ${unknown.reason}`);
			}
			const written = await writeSalvage(flags.out, salvageLines(world, estate.link, wanted), view);
			this.show(`${recordsOf(written.records)} written to ${written.file}`);
			return written;
		} finally {
			await world.close();
		}
	}
}
