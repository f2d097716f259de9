import { Args, Flags } from '@oclif/core';
import { BaseCommand } from '../../cli/base-command.ts';
import { openRunbook } from '../../cli/compose.ts';
import { changeFlags } from '../../cli/run-flags.ts';
import { Runner } from '../../cli/runner.ts';
import { KdrError } from '../../domain/errors/kdr-error.ts';
import { exportMarkdown, exportScript } from '../../domain/runbook/export.ts';
import { shellVariables } from '../../domain/runbook/shell.ts';

export default class RunbookExport extends BaseCommand {
	static override summary =
		"Write what a runbook would do now as commands of Kafka's own tools, curl and aws, to continue without kdr.";
	static override description =
		'Looks at both clusters as a dry run does, and changes nothing. The script holds real addresses and offsets, and no secrets: you give the client properties of each cluster.';
	static override examples = [
		'<%= config.bin %> <%= command.id %> --to west --format sh > by-hand.sh',
		'<%= config.bin %> <%= command.id %> failover --to west > by-hand.md',
	];
	static override args = {
		runbook: Args.string({
			default: 'switchover',
			description: 'A file, or the name of a runbook that comes with kdr.',
		}),
	};
	static override flags = {
		config: changeFlags.config,
		link: changeFlags.link,
		to: changeFlags.to,
		format: Flags.option({
			options: ['markdown', 'sh'] as const,
			default: 'markdown' as const,
			summary: 'To read, or to run with bash.',
		})(),
	};

	async run(): Promise<{ text: string }> {
		const { args, flags } = await this.parse(RunbookExport);
		const runbook = await openRunbook(args.runbook, (text) => this.warning(text));
		const { opened, move, plan } = await new Runner(this.host).preview(
			{ ...flags, 'dry-run': true, input: false },
			runbook,
		);
		if (shellVariables(move.from).kafka === shellVariables(move.to).kafka) {
			throw new KdrError(
				'KDR_CONFIG_INVALID',
				`${move.from} and ${move.to} are too similar to name shell variables after them`,
			);
		}
		const clusters = Object.fromEntries(
			[move.from, move.to].map((alias) => {
				const cluster = opened.config.clusters[alias];
				return [alias, { bootstrap: cluster?.bootstrap ?? [], connect: cluster?.connect.urls[0] ?? '' }];
			}),
		);
		const facts = {
			name: runbook.name,
			move,
			at: `${new Date().toISOString().slice(0, 19)}Z`,
			clusters,
			plan,
			...(runbook.onFailure && { onFailure: runbook.onFailure }),
		};
		const text = flags.format === 'sh' ? exportScript(facts) : exportMarkdown(facts);
		this.show(text);
		return { text };
	}
}
