import { BaseCommand } from '../../cli/base-command.ts';
import { estateNames } from '../../lab/estate.ts';
import { estates } from '../../lab/estates/index.ts';

interface Listed {
	estates: { name: string; summary: string; kafka: string; odd: readonly string[] }[];
}

export default class LabEstates extends BaseCommand {
	static override summary = 'List how a lab can be built, and what is odd in each estate.';
	static override description =
		'Real estates differ from the documentation. Bring one up with "kdr lab up --estate NAME" and try kdr on it.';
	static override examples = ['<%= config.bin %> <%= command.id %>'];

	async run(): Promise<Listed> {
		await this.parse(LabEstates);
		const listed = estateNames.map((name) => {
			const { summary, release, odd } = estates[name];
			return { name, summary, kafka: release, odd };
		});
		const blocks = listed.map(({ name, summary, kafka, odd }) =>
			[`${name}   ${summary} (Kafka ${kafka})`, ...odd.map((line) => `  - ${line}`)].join('\n'),
		);
		this.show(blocks.join('\n\n'));
		return { estates: listed };
	}
}
