import { Flags } from '@oclif/core';
import { BaseCommand } from '../../cli/base-command.ts';
import { composeWorld, type OpenLink, openLink, shippedRunbook } from '../../cli/compose.ts';
import { approveFlag, type ChangeFlags, changeFlags } from '../../cli/run-flags.ts';
import type { RunResult } from '../../cli/run-result.ts';
import { Runner } from '../../cli/runner.ts';
import { KdrError } from '../../domain/errors/kdr-error.ts';
import { type FenceDebt, fenceDebts } from '../../domain/fence/debt.ts';
import { answers, silentCodes } from '../../observe/reachable.ts';
import { type LinkRuns, linkRuns } from '../../observe/runs.ts';

const { to: _, ...flags } = changeFlags;

const confirm = Flags.string({
	helpValue: 'CLUSTER',
	summary: 'The cluster to fence, instead of typing it at the prompt.',
});

export default class FencePay extends BaseCommand {
	static override summary =
		'Fence owed → set: fence the cluster that was dead when its clients moved away; with --wait, as soon as it answers.';
	static override description =
		'Denies writing and reading to the application principals on the cluster the clients left, evicts who is there, and records where its logs end. With --wait kdr keeps asking the cluster and fences it when it answers.';
	static override examples = [
		'<%= config.bin %> <%= command.id %>',
		{ description: 'Wait for the cluster', command: '<%= config.bin %> <%= command.id %> --wait --confirm east' },
	];
	static override flags = {
		...flags,
		...approveFlag,
		confirm,
		wait: Flags.boolean({ summary: 'Wait until the cluster answers, for as long as it takes. Needs --confirm.' }),
	};

	async run(): Promise<{ debt: FenceDebt | null; run: RunResult | null }> {
		const { flags } = await this.parse(FencePay);
		const opened = await openLink(flags);
		const { debt, missing } = await this.#debt(opened);
		if (!debt) {
			for (const { alias, why } of missing) this.warning(`The journal of ${alias} was not read: ${why}`);
			this.show(missing.length === 0 ? 'No fence is owed.' : 'The journal that could be read owes no fence.');
			return { debt: null, run: null };
		}
		const { wait, ...given } = flags;
		const { active, cluster } = debt;
		const asks = { word: cluster, question: `Type the cluster to fence, ${cluster}:` };
		const confirm = this.#confirmed(flags.confirm, debt, wait);
		return { debt, run: await this.#pay(opened, debt, { ...given, asks, confirm, to: active }, wait) };
	}

	/** The cluster to fence is named, and a wrong name is refused when it is typed; kdr used to ask for the active one. */
	#confirmed(name: string | undefined, { cluster, active }: FenceDebt, wait: boolean): string | undefined {
		const hint = `add --confirm ${cluster}`;
		if (name === undefined && wait)
			throw new KdrError('KDR_CONFIRM_NEEDED', `--wait acts when nobody is there: confirm ${cluster} now`, { hint });
		if (name === active)
			this.warning(`confirm-names-active: --confirm takes the cluster to fence: --confirm ${cluster}`);
		else if (name !== undefined && name !== cluster)
			throw new KdrError('KDR_DECLINED', `--confirm ${name} is not ${cluster}, the cluster to fence`, { hint });
		return name === undefined ? undefined : cluster;
	}

	async #debt(opened: OpenLink): Promise<{ debt: FenceDebt | undefined; missing: LinkRuns['missing'] }> {
		const world = composeWorld(opened, this.signal);
		try {
			const { runs, missing } = await linkRuns(world, opened.link);
			return { debt: fenceDebts(runs)[0], missing };
		} finally {
			await world.close();
		}
	}

	/** A cluster that has just come up may answer one question and not the next: kdr asks until something was written. */
	async #pay(opened: OpenLink, debt: FenceDebt, flags: ChangeFlags, wait: boolean): Promise<RunResult> {
		const { steps } = await shippedRunbook('fence-pay');
		for (;;) {
			if (wait) await this.#returned(opened, debt.cluster);
			try {
				return await new Runner(this.host).start(flags, {
					mode: 'change',
					steps,
					pays: debt.cluster,
				});
			} catch (thrown) {
				if (!wait || !silentCodes.has((thrown as { code?: string }).code ?? '')) throw thrown;
			}
		}
	}

	async #returned(opened: OpenLink, cluster: string): Promise<void> {
		const world = composeWorld(opened, this.signal);
		try {
			if (await answers(world.side(cluster))) return;
			this.note(`Waiting until ${cluster} answers. Press Ctrl-C to stop; the fence stays owed.`);
			while (!(await answers(world.side(cluster)))) {
				if (!(await this.pause(world.clock, 250)))
					throw new KdrError('KDR_INTERRUPTED', `the fence on ${cluster} is still owed`);
			}
			this.note(`${cluster} answers.`);
		} finally {
			await world.close();
		}
	}
}
