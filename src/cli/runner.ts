import { ifUnreadable, KdrError } from '../domain/errors/kdr-error.ts';
import type { OutageEstimate } from '../domain/plan/outage.ts';
import type { PlannedStep } from '../domain/plan/planned-step.ts';
import { unattended } from '../domain/plan/rules.ts';
import { rulesFirst } from '../domain/plan/rules-first.ts';
import { report } from '../domain/report/report.ts';
import type { JournalEntry, Move, RunStep } from '../domain/run/events.ts';
import { withScope } from '../domain/run/scope.ts';
import type { RunState } from '../domain/run/state.ts';
import type { EngineEnv, RunOutcome, StepContext, StepIo } from '../engine/env.ts';
import { resume, run, undo } from '../engine/execute.ts';
import { readRuns } from '../engine/lease.ts';
import { preview } from '../engine/preview.ts';
import { newRunId } from '../engine/run-id.ts';
import { configChanged } from '../engine/scope.ts';
import { undoRun } from '../engine/undo-run.ts';
import type { World } from '../ports/world.ts';
import { registry } from '../steps/registry.ts';
import { runListener } from '../ui/choose.ts';
import { type RunListener, silentListener } from '../ui/listener.ts';
import { renderQuit, renderRunEnd } from '../ui/run-end.ts';
import { screenOf } from '../ui/screen.ts';
import { asksFor } from './asking.ts';
import type { CommandHost } from './command-host.ts';
import {
	composeWorld,
	localCopy,
	localCopyFile,
	type OpenLink,
	openLink,
	shippedRunbook,
	withoutJournals,
} from './compose.ts';
import { parseMaxReread, parseUnmirrored } from './consent-flags.ts';
import { writtenBy } from './crash.ts';
import { payableFences, warnOwedBy, warnOwedFences } from './fence-debt.ts';
import { parseOverrides } from './override-flag.ts';
import { probeClusters } from './probe-clusters.ts';
import { engineEnv, moveOf } from './run-env.ts';
import { type ChangeFlags, type GoOnFlags, holdOf, type UndoFlags } from './run-flags.ts';
import { assertReportable, dryRun, errorOf, type RunResult, readReport, writeReport } from './run-result.ts';
import { undoIfStillWritten } from './undo-if-still-written.ts';

interface ChangeRequest {
	mode: Move['mode'];
	steps: RunStep[];
	onFailure?: RunStep[];
	/** Agreed to by flags, besides `--confirm`. */
	consent?: Record<string, string>;
	/** Why an unfinished run of the link may be replaced. */
	supersede?: string | undefined;
	/** Why the journal is not waited for: it is gone, unreadable or full. */
	withoutJournal?: string | undefined;
	/** False: owed fences are only reported. */
	paysFirst?: boolean;
	/** The cluster whose owed fence this sets: no other is set first, and this one is not warned of. */
	pays?: string;
}

/** What a run is done with. */
interface Work {
	world: World;
	opened: OpenLink;
	flags: ChangeFlags;
	move: Move;
	id: string;
	pays?: string | undefined;
}

/** The steps as a run takes them, and as every screen counts them. */
const withRules = ({ link }: OpenLink, flags: ChangeFlags, request: Pick<ChangeRequest, 'mode' | 'steps'>): RunStep[] =>
	rulesFirst({ ...request, kinds: registry, rules: link.rules, secondPerson: flags['second-person'] === true });

/** The link as adapters need it for a run that was started before: its record is the one the run froze. The engine compares the two. */
const asFrozen = (opened: OpenLink, { scope }: RunState): OpenLink =>
	scope ? { ...opened, link: withScope(opened.link, scope) } : opened;

const notInJournal = (run: string): string =>
	`journal-not-written: the journal took no event of run ${run}. Once it does: kdr runs restore ${localCopyFile(run)}`;

/** What commands hand their work over to: it goes through the engine with plan, consent, journal, steps and report. */
export class Runner {
	readonly #host: CommandHost;

	constructor(host: CommandHost) {
		this.#host = host;
	}

	/** Starts a new run. */
	async start(flags: ChangeFlags, request: ChangeRequest): Promise<RunResult> {
		const opened = await openLink(flags);
		const move = moveOf(opened, flags.to, request.mode);
		const hold = holdOf(flags);
		const { mode, onFailure, withoutJournal, supersede = withoutJournal } = request;
		const steps = withRules(opened, flags, request);
		return this.#inWorld(opened, async (known) => {
			const detached = withoutJournal === undefined ? undefined : withoutJournals(known, opened.link);
			const world = detached ?? known;
			// A failover waits for nothing on the side that may be dying, and clients moved back there end the debt.
			if (!flags['dry-run'] && mode !== 'failover' && request.paysFirst !== false && request.pays === undefined)
				await this.#payFirst(world, opened, flags);
			const id = newRunId();
			const { pays } = request;
			return this.#with({ world, opened, flags, move, id, pays }, async (env, clusterIds) => {
				const asked = flags.input ? {} : { [unattended]: 'true' };
				const noJournal = withoutJournal === undefined ? {} : { 'without-journal': withoutJournal };
				const consent = {
					...{ ...request.consent, ...noJournal, ...asked },
					...parseUnmirrored(flags['accept-unmirrored'] ?? []),
					...parseMaxReread(flags['max-reread']),
					...parseOverrides(flags.override ?? []),
				};
				const planned = { move, steps, consent, ...(onFailure && { onFailure }) };
				if (flags['dry-run']) return dryRun(env, { ...planned, ...(hold && { hold }) });
				const command = this.#host.typed;
				const { title } = this.#host;
				const more = { ...(hold && { hold }), ...(supersede !== undefined && { supersede }) };
				const outcome = await run(env, { run: id, command, title, clusterIds, ...planned, ...more });
				if (outcome.state && (detached?.unwritten() ?? 0) > 0) this.#host.warning(notInJournal(id));
				return undoIfStillWritten(env, outcome, { command, clusterIds }, flags['if-not-still']);
			});
		});
	}

	/** Sets the fence owed on a cluster that is back, before anything else is changed: the operator agreed to it with the move that owes it. */
	async #payFirst(world: World, opened: OpenLink, flags: ChangeFlags): Promise<void> {
		for (const debt of await payableFences(world, opened.link)) {
			this.#host.note(`${debt.cluster} answers again. kdr sets its owed fence first.`);
			const [move, id] = [moveOf(opened, debt.active, 'change'), newRunId()];
			const { steps } = await shippedRunbook('fence-pay');
			const { report: _, ...given } = flags;
			const paid = await this.#with(
				{ world, opened, flags: { ...given, to: debt.active }, move, id, pays: debt.cluster },
				(env, clusterIds) => {
					const title = 'fence pay';
					const agreed: EngineEnv = { ...env, consent: async () => ({ 'fence-owed': debt.run }) };
					return run(agreed, { run: id, command: this.#host.typed, title, clusterIds, move, steps, consent: {} });
				},
			);
			if (paid.exit === 0) continue;
			const message = `kdr could not set the owed fence on ${debt.cluster} (run ${paid.run}); nothing else was started`;
			throw new KdrError('KDR_FENCE_OWED', message, { hint: `kdr runs resume ${paid.run}` });
		}
	}

	/** Undoes a run; `whole`: only if nothing of it will remain. */
	async undo(flags: UndoFlags, undone: RunState, whole: boolean): Promise<RunResult> {
		const { run: undoes, move: moved } = undone;
		const opened = await openLink({ ...flags, link: moved.link });
		const move: Move = { ...moved, mode: 'change' };
		const known = { ...flags, to: move.to, asks: asksFor(undone) };
		const id = newRunId();
		return this.#inWorld(asFrozen(opened, undone), (world) =>
			this.#with({ world, opened, flags: known, move, id }, async (env, clusterIds) => {
				const { takeover } = flags;
				const consent = parseOverrides(flags.override ?? [], ['KDR_SECOND_PERSON', configChanged]);
				const request = {
					run: id,
					undoes,
					command: this.#host.typed,
					consent,
					clusterIds,
					whole,
					...(takeover !== undefined && { takeover }),
				};
				if (flags['dry-run']) {
					const back = await undoRun(env, request);
					return dryRun(back.env, back.request);
				}
				return undo(env, request);
			}),
		);
	}

	/** Resumes a run where its journal ends. */
	async resume(flags: GoOnFlags, state: RunState, takeover?: string): Promise<RunResult> {
		const { move, run: id } = state;
		const opened = await openLink({ ...flags, link: move.link });
		const consent = parseOverrides(flags.override ?? []);
		const known = { ...flags, to: move.to, 'dry-run': false };
		return this.#inWorld(asFrozen(opened, state), (world) =>
			this.#with({ world, opened, flags: known, move, id }, async (env, clusterIds) => {
				const more = takeover === undefined ? {} : { takeover };
				const outcome = await resume(env, { run: id, clusterIds, consent, ...more });
				return undoIfStillWritten(env, outcome, { command: this.#host.typed, clusterIds }, undefined);
			}),
		);
	}

	/** Only reads: what each step would do now. */
	async preview(
		flags: ChangeFlags,
		{ mode, steps }: Pick<ChangeRequest, 'mode' | 'steps'>,
	): Promise<{ opened: OpenLink; move: Move; plan: PlannedStep[] }> {
		const opened = await openLink(flags);
		const move = moveOf(opened, flags.to, mode);
		const plan = await this.#reading(opened, move, async (world, fromAlive) => {
			const env = this.#env(world, opened, move, flags, silentListener, fromAlive);
			return preview(env, { move, steps: withRules(opened, flags, { mode, steps }), consent: {} });
		});
		return { opened, move, plan };
	}

	/** Only reads: what a step would see and plan. */
	async look<T>(flags: ChangeFlags, read: (io: StepIo, ctx: StepContext) => Promise<T>): Promise<T> {
		const opened = await openLink(flags);
		const move = moveOf(opened, flags.to, 'change');
		return this.#reading(opened, move, (world, fromAlive) => {
			const ctx: StepContext = {
				move,
				link: opened.link,
				run: 'preview',
				preview: true,
				fromAlive,
				consent: {},
				output: () => undefined,
				evidence: () => [],
				record: async () => {},
				signal: this.#host.signal,
				progress: () => {},
			};
			return read({ world, from: world.side(move.from), to: world.side(move.to) }, ctx);
		});
	}

	async #reading<T>(opened: OpenLink, move: Move, read: (world: World, fromAlive: boolean) => Promise<T>): Promise<T> {
		return this.#inWorld(opened, async (world) => {
			const [{ fromAlive }] = await Promise.all([
				probeClusters(world, move),
				warnOwedFences(world, opened.link, (text) => this.#host.warning(text)),
			]);
			return read(world, fromAlive);
		});
	}

	/** One set of connections for all a command does. */
	async #inWorld<T>(opened: OpenLink, work: (world: World) => Promise<T>): Promise<T> {
		const world = composeWorld(opened, this.#host.signal);
		try {
			return await work(world);
		} finally {
			await world.close();
		}
	}

	async #with(
		{ world, opened, flags, move, id, pays }: Work,
		work: (env: EngineEnv, ids: Record<string, string>) => Promise<RunOutcome>,
	): Promise<RunResult> {
		await assertReportable(flags.report);
		const listener = await runListener({ json: this.#host.json, env: process.env });
		const copy = localCopy(id, (text) => this.#host.warning(text));
		// A side that is frozen takes its deadline before there is a plan to show.
		if (!this.#host.json && screenOf(process.stderr, process.env).live)
			this.#host.note(`Looking at ${move.from} and ${move.to} …`);
		try {
			const [{ fromAlive, clusterIds }] = await Promise.all([
				probeClusters(world, move),
				warnOwedFences(world, opened.link, (text) => this.#host.warning(text), pays),
			]);
			const env = this.#env(world, opened, move, flags, listener, fromAlive);
			const heard: JournalEntry[] = [];
			let outage: OutageEstimate | null = null;
			env.listener = (event) => {
				if (event.type === 'plan') {
					this.#host.planShown();
					outage ??= event.outage ?? null;
				}
				if (event.type !== 'plan' && event.type !== 'progress') {
					const at = world.clock.now();
					copy.add(event, at);
					heard.push({ offset: BigInt(heard.length), at, run: id, event });
				}
				listener.hear(event);
			};
			this.#host.whenQuit(() =>
				heard.length === 0
					? undefined
					: {
							run: id,
							written: writtenBy(heard.map(({ event }) => event)),
							text: renderQuit(id, report(heard, registry), screenOf(process.stderr, process.env)),
						},
			);
			const outcome = await work(env, clusterIds);
			this.#host.whenQuit(() => undefined);
			return { ...(await this.#end(outcome, env, flags, listener)), outage };
		} finally {
			copy.close();
			listener.close();
		}
	}

	#env(
		world: World,
		opened: OpenLink,
		move: Move,
		flags: ChangeFlags,
		listener: RunListener,
		fromAlive: boolean,
	): EngineEnv {
		const asking = { flags, json: this.#host.json, signal: this.#host.signal, pauseScreen: () => listener.close() };
		return engineEnv({ world, opened, move, fromAlive, listener, asking });
	}

	async #end(
		outcome: RunOutcome,
		env: EngineEnv,
		flags: ChangeFlags,
		listener: RunListener,
	): Promise<Omit<RunResult, 'outage'>> {
		listener.close();
		const runReport = outcome.state ? await readReport(env, outcome.run) : null;
		if (runReport && flags.report !== undefined)
			await writeReport(flags.report, runReport, (text) => this.#host.warning(text));
		if (outcome.state) {
			const known = await readRuns(env).catch(ifUnreadable({ runs: [outcome.state] }));
			warnOwedBy(outcome.run, known.runs, (text) => this.#host.warning(text));
		}
		if (runReport && !this.#host.json)
			this.#host.note(renderRunEnd(runReport, screenOf(process.stderr, process.env), env.link.objectives));
		if (flags['dry-run'] && !outcome.error) this.#host.note('Dry run: nothing was changed.');
		const error = errorOf(outcome);
		if (error) this.#host.exitWith(error, outcome.exit);
		return {
			run: outcome.run,
			result: flags['dry-run'] ? 'planned' : outcome.result,
			exit: outcome.exit,
			report: runReport,
		};
	}
}
