import { Args, Flags } from '@oclif/core';
import { BaseCommand } from '../../cli/base-command.ts';
import { checkRunbookFile } from '../../cli/compose.ts';
import { changeFlags } from '../../cli/run-flags.ts';
import { Runner } from '../../cli/runner.ts';
import { KdrError } from '../../domain/errors/kdr-error.ts';
import { type PlannedStep, refusals } from '../../domain/plan/planned-step.ts';
import type { CheckedRunbook } from '../../domain/runbook/checked.ts';
import { grantsWhat, missingGrants } from '../../steps/grants.ts';
import { registry } from '../../steps/registry.ts';
import { renderProblems } from '../../ui/runbook.ts';
import { github, junit, sarif } from '../../ui/runbook-formats.ts';
import { screenOf } from '../../ui/screen.ts';

/** Permissions are named beside it, each at the place of its step. */
const withoutGrants = (planned: PlannedStep): PlannedStep => ({
	...planned,
	checks: planned.checks.filter(({ what }) => what !== grantsWhat),
});

export default class RunbookValidate extends BaseCommand {
	static override summary =
		'Check runbook files: structure, kinds and parameters, order, outputs, undo; with --live the clusters too.';
	static override description =
		'Works offline unless --live is given. --live also checks, as a dry run would, whether connectors, topics, groups, the record and the permissions to read them exist, and asks the clusters whether kdr may write what the steps write. It tries no write. Problems exit with 2, what --live misses with 3; warnings do not fail.';
	static override examples = [
		'<%= config.bin %> <%= command.id %> runbooks/*.yaml',
		'<%= config.bin %> <%= command.id %> quarterly.yaml --format sarif > kdr.sarif',
		'<%= config.bin %> <%= command.id %> quarterly.yaml --live --to west',
	];
	static override strict = false;
	static override args = {
		files: Args.string({ required: true, description: 'Runbook files, or names of those that come with kdr.' }),
	};
	static override flags = {
		config: changeFlags.config,
		link: changeFlags.link,
		live: Flags.boolean({ summary: 'Check the clusters too. Needs --to.', dependsOn: ['to'] }),
		to: Flags.string({ helpValue: 'CLUSTER', summary: 'With --live: the cluster to move to.' }),
		format: Flags.option({
			options: ['human', 'sarif', 'junit', 'github'] as const,
			summary: 'Output format. Default: github within GitHub Actions, else human.',
		})(),
	};

	async run(): Promise<{ files: CheckedRunbook[] }> {
		const { argv, flags } = await this.parse(RunbookValidate);
		const files: CheckedRunbook[] = [];
		for (const file of argv) {
			const checked = await checkRunbookFile(String(file));
			files.push(
				flags.live && flags.to !== undefined ? await this.#live(checked, { ...flags, to: flags.to }) : checked,
			);
		}
		const format = flags.format ?? (process.env.GITHUB_ACTIONS === 'true' ? 'github' : 'human');
		if (format === 'human') this.show(renderProblems(files, screenOf(process.stdout, process.env)));
		else
			this.show(
				{ sarif: () => sarif(files, this.config.version), junit: () => junit(files), github: () => github(files) }[
					format
				](),
			);
		this.#verdict(files);
		return { files };
	}

	async #live(
		checked: CheckedRunbook,
		flags: { config?: string | undefined; link?: string | undefined; to: string },
	): Promise<CheckedRunbook> {
		const { runbook } = checked;
		if (!runbook) return checked;
		const { plan } = await new Runner(this.host).preview({ ...flags, 'dry-run': true, input: false }, runbook);
		const missing = await new Runner(this.host).look({ ...flags, 'dry-run': true, input: false }, (io, ctx) =>
			missingGrants(runbook, registry, io, ctx),
		);
		const placeOf = (step?: string) =>
			checked.steps[runbook.steps.findIndex(({ id }) => id === step)] ?? { line: 1, column: 1 };
		const denied = missing.map(({ step, severity, message }) => ({
			...placeOf(step),
			severity,
			message: step === undefined ? message : `${step}: ${message}`,
		}));
		const blocks = refusals(plan.map(withoutGrants)).map(({ step, check: { what, observed, wanted, code } }) => ({
			...placeOf(step),
			severity: 'block' as const,
			message: `${step}: ${what}: ${observed}${wanted === undefined ? '' : `, wanted ${wanted}`} (${code})`,
		}));
		return { ...checked, problems: [...checked.problems, ...blocks, ...denied].sort((a, b) => a.line - b.line) };
	}

	#verdict(files: readonly CheckedRunbook[]): void {
		const having = (severity: string) =>
			files.filter(({ problems }) => problems.some((problem) => problem.severity === severity));
		const [invalid, blocked] = [having('error'), having('block')];
		const of = (some: readonly CheckedRunbook[]) =>
			`${some.length} of ${files.length}: ${some.map(({ file }) => file).join(', ')}`;
		if (invalid.length > 0)
			this.exitWith(new KdrError('KDR_RUNBOOK_INVALID', `runbooks with problems: ${of(invalid)}`));
		else if (blocked.length > 0)
			this.exitWith(new KdrError('KDR_CHECK_FAILED', `runbooks that would be refused now: ${of(blocked)}`));
	}
}
