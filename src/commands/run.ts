import { Args, Flags } from '@oclif/core';
import { BaseCommand } from '../cli/base-command.ts';
import { openRunbook } from '../cli/compose.ts';
import { assertLoss } from '../cli/consent-flags.ts';
import { moveFlags } from '../cli/run-flags.ts';
import type { RunResult } from '../cli/run-result.ts';
import { Runner } from '../cli/runner.ts';

export default class Run extends BaseCommand {
	static override summary =
		'Run a runbook, your own or one that comes with kdr, with all a move has: plan, consent, journal, resume.';
	static override description =
		'docs/runbook-reference.md lists what a runbook can hold; kdr runbook validate checks one.';
	static override examples = [
		'<%= config.bin %> <%= command.id %> runbooks/quarterly.yaml --to west --dry-run',
		'<%= config.bin %> <%= command.id %> drill --to west --confirm west',
	];
	static override args = {
		runbook: Args.string({ required: true, description: 'A file, or the name of a runbook that comes with kdr.' }),
	};
	static override flags = {
		...moveFlags,
		'accept-loss': Flags.string({
			helpValue: 'RECORDS|TIME',
			summary: 'For a failover: accept a loss of at most this much: 1907 (records), or 5s, 2m of writes.',
		}),
	};

	async run(): Promise<RunResult> {
		const { args, flags } = await this.parse(Run);
		const loss = flags['accept-loss'];
		assertLoss(loss);
		const { name: _, ...runbook } = await openRunbook(args.runbook, (text) => this.warning(text));
		return new Runner(this.host).start(flags, {
			...runbook,
			consent: loss === undefined ? {} : { 'accept-loss': loss },
		});
	}
}
