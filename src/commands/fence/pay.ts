import { Flags } from '@oclif/core';
import { BaseCommand } from '../../cli/base-command.ts';
import { composeWorld, type Estate, openEstate } from '../../cli/compose.ts';
import { approveFlag, type ChangeFlags, changeFlags } from '../../cli/run-flags.ts';
import type { RunResult } from '../../cli/run-result.ts';
import { Runner } from '../../cli/runner.ts';
import { KdrError } from '../../domain/errors/kdr-error.ts';
import { type FenceDebt, fenceDebts, paying } from '../../domain/fence/debt.ts';
import { answers, silentCodes } from '../../observe/reachable.ts';
import { type LinkRuns, linkRuns } from '../../observe/runs.ts';

const { to: _, ...flags } = changeFlags;

export default class FencePay extends BaseCommand {
	static override summary =
		'Put up the fence that was owed while a cluster was dead; with --wait, as soon as it answers.';
	static override description =
		'Denies writing and reading to the application principals on the cluster the clients were moved away from, sends away who is there, and records where its logs end. With --wait it stands guard and fences the cluster when it returns.';
	static override examples = [
		'<%= config.bin %> <%= command.id %>',
		{ description: 'Stand guard', command: '<%= config.bin %> <%= command.id %> --wait --confirm west' },
	];
	static override flags = {
		...flags,
		...approveFlag,
		wait: Flags.boolean({ summary: 'Wait until the cluster answers, for as long as it takes; needs --confirm.' }),
	};

	async run(): Promise<{ debt: FenceDebt | null; run: RunResult | null }> {
		const { flags } = await this.parse(FencePay);
		const estate = await openEstate(flags);
		const { debt, missing } = await this.#debt(estate);
		if (!debt) {
			for (const { alias, why } of missing) this.warning(`The journal of ${alias} was not read: ${why}`);
			this.show(missing.length === 0 ? 'No fence is owed.' : 'No fence is owed by the journal that could be read.');
			return { debt: null, run: null };
		}
		const { wait, ...given } = flags;
		const { active } = debt;
		if (wait && flags.confirm === undefined) {
			const message = `the guard acts when nobody is there: it needs its confirmation now`;
			throw new KdrError('KDR_CONFIRM_NEEDED', message, { hint: `add --confirm ${active}` });
		}
		return { debt, run: await this.#pay(estate, debt, { ...given, to: active }, wait) };
	}

	async #debt(estate: Estate): Promise<{ debt: FenceDebt | undefined; missing: LinkRuns['missing'] }> {
		const world = composeWorld(estate, this.signal);
		try {
			const { runs, missing } = await linkRuns(world, estate.link);
			return { debt: fenceDebts(runs)[0], missing };
		} finally {
			await world.close();
		}
	}

	/** A cluster that has just come up may answer one question and not the next: the guard asks on until something was written. */
	async #pay(estate: Estate, debt: FenceDebt, flags: ChangeFlags, wait: boolean): Promise<RunResult> {
		for (;;) {
			if (wait) await this.#returned(estate, debt.cluster);
			try {
				return await new Runner(this.host).start(flags, { mode: 'change', steps: paying, paysFirst: false });
			} catch (thrown) {
				if (!wait || !silentCodes.has((thrown as { code?: string }).code ?? '')) throw thrown;
			}
		}
	}

	async #returned(estate: Estate, cluster: string): Promise<void> {
		const world = composeWorld(estate, this.signal);
		try {
			if (await answers(world.side(cluster))) return;
			this.note(`Standing guard until ${cluster} answers; Ctrl-C ends it.`);
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
