import { Flags } from '@oclif/core';
import { BaseCommand, estateFlags } from '../../cli/base-command.ts';
import { openConfig } from '../../cli/compose.ts';
import { effectiveValues, type Origin } from '../../domain/config/effective.ts';
import { renderConfig } from '../../ui/config.ts';
import { screenOf } from '../../ui/screen.ts';

interface Shown {
	file: string;
	values: { path: string; value: string | number | string[]; origin?: Origin }[];
}

export default class ConfigShow extends BaseCommand {
	static override summary =
		'Show every value in force: flags win over KDR_* variables, those over kdr.yaml, that over defaults.';
	static override description = 'Shows where a secret is read from, never the secret.';
	static override examples = ['<%= config.bin %> config show --origin'];
	static override flags = {
		config: estateFlags.config,
		origin: Flags.boolean({ summary: 'Say where each value comes from.' }),
	};

	async run(): Promise<Shown> {
		const { flags } = await this.parse(ConfigShow);
		const { config, origins } = await openConfig(flags);
		const values = effectiveValues(config);
		this.show(renderConfig(values, screenOf(process.stdout, process.env), flags.origin ? origins : undefined));
		const rows = values.map(({ path, value }) => {
			const origin = flags.origin ? origins.get(path) : undefined;
			return { path, value, ...(origin && { origin }) };
		});
		return { file: config.file, values: rows };
	}
}
