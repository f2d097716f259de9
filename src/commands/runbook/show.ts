import { Args } from '@oclif/core';
import { BaseCommand } from '../../cli/base-command.ts';
import { openRunbook } from '../../cli/compose.ts';
import { rulesFirst } from '../../domain/plan/rules-first.ts';
import type { Runbook } from '../../domain/runbook/compile.ts';
import { registry } from '../../steps/registry.ts';
import { renderRunbook } from '../../ui/runbook.ts';
import { screenOf } from '../../ui/screen.ts';

export default class RunbookShow extends BaseCommand {
	static override summary = 'Show the steps of a runbook and their order, without asking any cluster.';
	static override examples = [
		'<%= config.bin %> <%= command.id %> switchover',
		'<%= config.bin %> <%= command.id %> runbooks/quarterly.yaml',
	];
	static override args = {
		runbook: Args.string({ required: true, description: 'A file, or the name of a runbook that comes with kdr.' }),
	};

	async run(): Promise<Runbook> {
		const { args } = await this.parse(RunbookShow);
		const runbook = await openRunbook(args.runbook, (text) => this.warning(text));
		const purposes = new Map([...registry].map(([name, { purpose }]) => [name, purpose]));
		const { mode } = runbook;
		// A link may ask for a second person too: only a plan knows that.
		const steps = rulesFirst({ mode, steps: runbook.steps, kinds: registry, rules: undefined, secondPerson: false });
		this.show(renderRunbook({ ...runbook, steps }, registry, purposes, screenOf(process.stdout, process.env)));
		return runbook;
	}
}
