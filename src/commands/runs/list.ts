import { BaseCommand, estateFlags } from '../../cli/base-command.ts';
import { readJournals } from '../../cli/journals.ts';
import { isGone } from '../../cli/operator.ts';
import type { Move } from '../../domain/run/events.ts';
import { type Standing, standingOf, titleOf, waysOn } from '../../domain/run/standing.ts';
import { debtLine } from '../../ui/fence.ts';
import { renderRuns } from '../../ui/runs.ts';
import { screenOf } from '../../ui/screen.ts';

interface ListedRun {
	run: string;
	/** What it is: `switchover`, `failback`, `fence pay`, `undo of 7f3a12bc` … */
	title: string;
	/** What became of it: `active`, `silent`, `done`, `undone`, `overtaken`, `halted` … */
	standing: Standing['kind'];
	/** Commands to type about it, the most usual first. */
	waysOn: string[];
	move: Move;
	command: string;
	/** ISO 8601, UTC. */
	startedAt: string;
	endedAt: string | null;
	result: string;
	exit: number | null;
	operator: string;
}

interface Listed {
	runs: ListedRun[];
	/** Runs whose events this kdr cannot read, or not all of them. */
	unreadable: { run: string; reason: string }[];
	missing: { link: string; alias: string; why: string }[];
}

export default class RunsList extends BaseCommand {
	static override summary = 'List the runs in the journals of both clusters, the newest last.';
	static override examples = ['<%= config.bin %> runs list --link orders'];
	static override flags = estateFlags;

	async run(): Promise<Listed> {
		const { flags } = await this.parse(RunsList);
		const { runs, unreadable: unread, missing, owed } = await readJournals({ ...flags, signal: this.signal });
		const now = Date.now();
		this.show(renderRuns(runs, now, screenOf(process.stdout, process.env), isGone));
		for (const { alias, why } of missing) this.warning(`journal-missing: the runs of ${alias} are unknown: ${why}`);
		for (const debt of owed) this.warning(debtLine(debt));
		const unreadable = [
			...unread.map(({ run, reason }) => ({ run, reason })),
			...runs.flatMap(({ run, unreadable: reason }) => (reason === undefined ? [] : [{ run, reason }])),
		];
		for (const { run, reason } of unreadable) this.warning(`run-unreadable: ${run}: ${reason}`);
		const listed = runs.map((state) => ({ state, standing: standingOf(state, runs, now, isGone) }));
		const rows = listed.map(({ state, standing }): ListedRun => {
			const { run, move, command, startedAt, ended, operator } = state;
			return {
				run,
				title: titleOf(state),
				standing: standing.kind,
				waysOn: waysOn(state, standing),
				move,
				command,
				startedAt: new Date(startedAt).toISOString(),
				endedAt: ended ? new Date(ended.at).toISOString() : null,
				result: ended?.result ?? 'open',
				exit: ended?.exit ?? null,
				operator: `${operator.user}@${operator.host}`,
			};
		});
		return { runs: rows, unreadable, missing };
	}
}
