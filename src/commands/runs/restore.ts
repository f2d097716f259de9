import { Args } from '@oclif/core';
import { BaseCommand, estateFlags } from '../../cli/base-command.ts';
import { composeWorld, openLink } from '../../cli/compose.ts';
import { readCopy, restoreRun } from '../../cli/restore-run.ts';

export default class RunsRestore extends BaseCommand {
	static override summary =
		"Write a run that the journal did not take into it, from this machine's copy: only here → in the journal.";
	static override description =
		'For a failover with --without-journal, and for a journal topic that was created again. Events that the journal has are left as they are. Refused while a run of the link is active.';
	static override examples = ['<%= config.bin %> <%= command.id %> ~/.local/state/kdr/runs/7f3a12bc.ndjson'];
	static override args = {
		file: Args.string({ required: true, description: 'The copy of the run: RUN.ndjson.' }),
	};
	static override flags = estateFlags;

	async run(): Promise<{ run: string; events: number }> {
		const { args, flags } = await this.parse(RunsRestore);
		const copy = await readCopy(args.file);
		const opened = await openLink({ ...flags, link: copy.move.link });
		const world = composeWorld(opened, this.signal);
		try {
			const events = await restoreRun(world, copy);
			this.show(
				events === 0
					? `The journal of ${copy.move.to} has all of run ${copy.run}.`
					: `The journal of ${copy.move.to} took ${events} events of run ${copy.run}.`,
			);
			return { run: copy.run, events };
		} finally {
			await world.close();
		}
	}
}
