import { Flags } from '@oclif/core';
import { BaseCommand, estateFlags } from '../cli/base-command.ts';
import { composeWorld, openLink } from '../cli/compose.ts';
import { warnOwedFences } from '../cli/fence-debt.ts';
import { asKdrError, KdrError } from '../domain/errors/kdr-error.ts';
import { withTrend } from '../domain/lag/trend.ts';
import type { LagView } from '../domain/lag/view.ts';
import { activeSide } from '../observe/active-side.ts';
import { observeLag } from '../observe/lag.ts';
import { silentCodes } from '../observe/reachable.ts';
import { renderLag } from '../ui/lag.ts';
import { screenOf } from '../ui/screen.ts';

export default class Lag extends BaseCommand {
	static override summary =
		'How far the standby is behind, per topic: records and seconds, each a bound with its evidence.';
	static override description =
		'"drained" is proven by the records themselves, because transaction markers keep log ends apart. If the active cluster is silent, kdr shows what the standby knows.';
	static override examples = [
		'<%= config.bin %> <%= command.id %>',
		'<%= config.bin %> <%= command.id %> --watch',
		'<%= config.bin %> <%= command.id %> --json',
	];
	static override flags = {
		...estateFlags,
		watch: Flags.boolean({
			char: 'w',
			summary: 'Repeat every two seconds until Ctrl-C; with --json, one line each.',
		}),
	};

	async run(): Promise<LagView | undefined> {
		const { flags } = await this.parse(Lag);
		const opened = await openLink(flags);
		const world = composeWorld(opened, this.signal);
		try {
			const look = async (before?: LagView): Promise<LagView> => {
				const { active, standby } = await activeSide(world, opened.link);
				const seen = await observeLag(world, opened.link, active, standby).catch((thrown: unknown) => {
					throw silentStandby(asKdrError(thrown), active, standby);
				});
				return withTrend(seen, before);
			};
			const warned = warnOwedFences(world, opened.link, (text) => this.warning(text));
			let view = await look();
			await warned;
			while (flags.watch) {
				this.#draw(view, true);
				if (!(await this.pause(world.clock, 2_000))) return undefined;
				view = await look(view);
			}
			this.#draw(view, false);
			return view;
		} finally {
			await world.close();
		}
	}

	#draw(view: LagView, again: boolean): void {
		const screen = screenOf(process.stdout, process.env);
		if (again && this.jsonEnabled()) this.jsonLine(view);
		else this.show(`${again && screen.live ? '\x1b[2J\x1b[H' : ''}${renderLag(view, screen, { trend: again })}`);
	}
}

/** What is known comes first: who is active, and that nothing can be measured without the standby. */
function silentStandby(error: KdrError, active: string, standby: string): KdrError {
	if (!silentCodes.has(error.code)) return error;
	const message = `${active} is active; its standby ${standby} does not answer, so how far it is behind is unknown`;
	return new KdrError(error.code, message, {
		hint: `start ${standby}, and see what is open: kdr status`,
		cause: error,
	});
}
