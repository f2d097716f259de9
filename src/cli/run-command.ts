import { KdrError } from '../domain/errors/kdr-error.ts';
import { paying } from '../domain/fence/debt.ts';
import { parseOverrides } from '../domain/plan/override.ts';
import type { PlannedStep } from '../domain/plan/planned-step.ts';
import type { Move, RunStep } from '../domain/run/events.ts';
import type { RunState } from '../domain/run/state.ts';
import type { EngineEnv, RunOutcome, StepContext, StepIo } from '../engine/env.ts';
import { resume, run, undo } from '../engine/execute.ts';
import { preview } from '../engine/preview.ts';
import { newRunId } from '../engine/run-id.ts';
import { undoRun } from '../engine/undo-run.ts';
import type { World } from '../ports/world.ts';
import { runListener } from '../ui/choose.ts';
import { renderError } from '../ui/error.ts';
import { type RunListener, silentListener } from '../ui/listener.ts';
import { renderRunEnd } from '../ui/run-end.ts';
import { screenOf } from '../ui/screen.ts';
import { asksFor } from './asking.ts';
import { BaseCommand } from './base-command.ts';
import { composeWorld, type Estate, localCopy, openEstate } from './compose.ts';
import { payableFences, tellOwedBy, tellOwedFences } from './fence-debt.ts';
import { lifeSigns } from './life-signs.ts';
import { liftIfNotStill } from './not-still.ts';
import { engineEnv, moveOf, withRules } from './run-env.ts';
import { type ChangeFlags, type GoOnFlags, holdOf, type UndoFlags } from './run-flags.ts';
import { assertReportable, dryRun, errorOf, type RunResult, readReport, writeReport } from './run-result.ts';

interface ChangeRequest {
	mode: Move['mode'];
	steps: RunStep[];
	onFailure?: RunStep[];
	/** Agreed to by flags, besides `--confirm`. */
	consent?: Record<string, string>;
	/** False: fences that are owed are only told. */
	paysFirst?: boolean;
}

/** A command whose work goes through the engine: plan, consent, journal, steps, report. */
export abstract class RunCommand extends BaseCommand {
	#planShown = false;

	/** A plan that was refused stands above with its checks; those of a step that halted do not. */
	protected override told(error: KdrError): string {
		return renderError(error, { checksAbove: this.#planShown && error.details.step === undefined });
	}

	/** A new run. */
	protected async change(flags: ChangeFlags, request: ChangeRequest): Promise<RunResult> {
		const estate = await openEstate(flags);
		const move = moveOf(estate, flags.to, request.mode);
		const hold = holdOf(flags);
		const { mode, onFailure } = request;
		const asksSecond =
			flags['second-person'] === true || (mode !== 'change' && estate.link.rules?.approval === 'second-person');
		const steps = withRules(mode, request.steps, asksSecond);
		return this.#inWorld(estate, async (world) => {
			// A failover waits for nothing on the side that may be dying, and clients moved back there end the debt.
			if (!flags['dry-run'] && mode !== 'failover' && request.paysFirst !== false)
				await this.#payFirst(world, estate, flags);
			const id = newRunId();
			return this.#with({ world, estate, flags, move, id }, async (env, clusterIds) => {
				const consent = { ...request.consent, ...parseOverrides(flags.override ?? []) };
				const planned = { move, steps, consent, ...(onFailure && { onFailure }) };
				if (flags['dry-run']) return dryRun(env, planned);
				const command = this.#typed();
				const outcome = await run(env, { run: id, command, clusterIds, ...planned, ...(hold && { hold }) });
				return liftIfNotStill(env, outcome, { command, clusterIds }, flags['if-not-still']);
			});
		});
	}

	/** Puts up what is owed on a cluster that is back, before anything else is changed: it was agreed to with the move that owes it. */
	async #payFirst(world: World, estate: Estate, flags: ChangeFlags): Promise<void> {
		for (const debt of await payableFences(world, estate.link)) {
			this.note(`${debt.cluster} answers again: its fence is put up first.`);
			const [move, id] = [moveOf(estate, debt.active, 'change'), newRunId()];
			const { report: _, ...given } = flags;
			const paid = await this.#with(
				{ world, estate, flags: { ...given, to: debt.active }, move, id },
				(env, clusterIds) => {
					const agreed: EngineEnv = { ...env, consent: async () => ({ 'fence-owed': debt.run }) };
					return run(agreed, { run: id, command: this.#typed(), clusterIds, move, steps: paying, consent: {} });
				},
			);
			if (paid.exit === 0) continue;
			const message = `the fence owed on ${debt.cluster} could not be put up, so nothing else was begun: run ${paid.run}`;
			throw new KdrError('KDR_FENCE_OWED', message, { hint: `kdr runs resume ${paid.run}` });
		}
	}

	/** Takes a run back; `whole`: only if nothing of it will be left. */
	protected async takeBack(flags: UndoFlags, undone: RunState, whole: boolean): Promise<RunResult> {
		const { run: undoes, move: moved } = undone;
		const estate = await openEstate({ ...flags, link: moved.link });
		const move: Move = { ...moved, mode: 'change' };
		const known = { ...flags, to: move.to, asks: asksFor(undone) };
		const id = newRunId();
		return this.#inWorld(estate, (world) =>
			this.#with({ world, estate, flags: known, move, id }, async (env, clusterIds) => {
				const { takeover } = flags;
				const consent = parseOverrides(flags.override ?? [], ['KDR_SECOND_PERSON']);
				const request = {
					run: id,
					undoes,
					command: this.#typed(),
					consent,
					clusterIds,
					whole,
					...(takeover !== undefined && { takeover }),
				};
				if (flags['dry-run']) return dryRun(env, await undoRun(env, request));
				return undo(env, request);
			}),
		);
	}

	#typed(): string {
		return ['kdr', ...(this.id ?? '').split(':'), ...this.argv].join(' ');
	}

	/** An old one, from where its journal ends. */
	protected async goOn(flags: GoOnFlags, move: Move, id: string, takeover?: string): Promise<RunResult> {
		const estate = await openEstate({ ...flags, link: move.link });
		const known = { ...flags, to: move.to, 'dry-run': false };
		return this.#inWorld(estate, (world) =>
			this.#with({ world, estate, flags: known, move, id }, (env, clusterIds) =>
				resume(env, { run: id, clusterIds, ...(takeover !== undefined && { takeover }) }),
			),
		);
	}

	/** Only reads: what each step would do now. */
	protected async planned(
		flags: ChangeFlags,
		{ mode, steps }: Pick<ChangeRequest, 'mode' | 'steps'>,
	): Promise<{ estate: Estate; move: Move; plan: PlannedStep[] }> {
		const estate = await openEstate(flags);
		const move = moveOf(estate, flags.to, mode);
		const plan = await this.#reading(estate, move, async (world, fromAlive) => {
			const env = this.#env(world, estate, move, flags, silentListener, fromAlive);
			return preview(env, { move, steps, consent: {} });
		});
		return { estate, move, plan };
	}

	/** Only reads: what a step would see and plan. */
	protected async look<T>(flags: ChangeFlags, read: (io: StepIo, ctx: StepContext) => Promise<T>): Promise<T> {
		const estate = await openEstate(flags);
		const move = moveOf(estate, flags.to, 'change');
		return this.#reading(estate, move, (world, fromAlive) => {
			const ctx: StepContext = {
				move,
				link: estate.link,
				run: 'preview',
				preview: true,
				fromAlive,
				consent: {},
				output: () => undefined,
				evidence: () => [],
				record: async () => {},
				signal: this.signal,
				progress: () => {},
			};
			return read({ world, from: world.side(move.from), to: world.side(move.to) }, ctx);
		});
	}

	async #reading<T>(estate: Estate, move: Move, read: (world: World, fromAlive: boolean) => Promise<T>): Promise<T> {
		return this.#inWorld(estate, async (world) => {
			const [{ fromAlive }] = await Promise.all([
				lifeSigns(world, move),
				tellOwedFences(world, estate.link, (text) => this.warning(text)),
			]);
			return read(world, fromAlive);
		});
	}

	/** One set of connections for all a command does. */
	async #inWorld<T>(estate: Estate, work: (world: World) => Promise<T>): Promise<T> {
		const world = composeWorld(estate, this.signal);
		try {
			return await work(world);
		} finally {
			await world.close();
		}
	}

	async #with(
		{ world, estate, flags, move, id }: { world: World; estate: Estate; flags: ChangeFlags; move: Move; id: string },
		work: (env: EngineEnv, ids: Record<string, string>) => Promise<RunOutcome>,
	): Promise<RunResult> {
		await assertReportable(flags.report);
		const listener = await runListener({ json: this.jsonEnabled(), env: process.env });
		const copy = localCopy(id, (text) => this.warning(text));
		// A side that is frozen takes its deadline before there is a plan to show.
		if (!this.jsonEnabled() && screenOf(process.stderr, process.env).live)
			this.note(`Looking at ${move.from} and ${move.to} …`);
		try {
			const [{ fromAlive, clusterIds }] = await Promise.all([
				lifeSigns(world, move),
				tellOwedFences(world, estate.link, (text) => this.warning(text)),
			]);
			const env = this.#env(world, estate, move, flags, listener, fromAlive);
			env.listener = (event) => {
				if (event.type === 'plan') this.#planShown = true;
				else if (event.type !== 'progress') copy.add(event, world.clock.now());
				listener.hear(event);
			};
			return await this.#end(await work(env, clusterIds), env, flags, listener);
		} finally {
			copy.close();
			listener.close();
		}
	}

	#env(
		world: World,
		estate: Estate,
		move: Move,
		flags: ChangeFlags,
		listener: RunListener,
		fromAlive: boolean,
	): EngineEnv {
		const asking = { flags, json: this.jsonEnabled(), signal: this.signal, pauseScreen: () => listener.close() };
		return engineEnv({ world, estate, move, fromAlive, listener, asking });
	}

	async #end(outcome: RunOutcome, env: EngineEnv, flags: ChangeFlags, listener: RunListener): Promise<RunResult> {
		listener.close();
		const told = outcome.state ? await readReport(env, outcome.run) : null;
		if (told && flags.report !== undefined) await writeReport(flags.report, told, (text) => this.warning(text));
		if (told && !this.jsonEnabled())
			this.note(renderRunEnd(told, screenOf(process.stderr, process.env), env.link.objectives));
		if (outcome.state) tellOwedBy(outcome.state, (text) => this.warning(text));
		if (flags['dry-run'] && !outcome.error) this.note('Nothing was changed: this was a dry run.');
		const error = errorOf(outcome);
		if (error) this.exitWith(error, outcome.exit);
		return {
			run: outcome.run,
			result: flags['dry-run'] ? 'planned' : outcome.result,
			exit: outcome.exit,
			report: told,
		};
	}
}
