import { writeFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { Flags } from '@oclif/core';
import { parseDuration } from '../domain/config/duration.ts';
import { otherSide } from '../domain/config/link.ts';
import { KdrError } from '../domain/errors/kdr-error.ts';
import { parseOverrides } from '../domain/plan/override.ts';
import { type PlannedStep, refusals } from '../domain/plan/planned-step.ts';
import { reportMarkdown } from '../domain/report/markdown.ts';
import { type Report, report } from '../domain/report/report.ts';
import type { Hold, Move, RunStep } from '../domain/run/events.ts';
import type { RunState } from '../domain/run/state.ts';
import { pastReturn } from '../domain/run/undo.ts';
import type { ConsentRequest, EngineEnv, RunOutcome, StepContext, StepIo } from '../engine/env.ts';
import { resume, run, undo, undoRun } from '../engine/execute.ts';
import { preview } from '../engine/preview.ts';
import { newRunId } from '../engine/run-id.ts';
import type { World } from '../ports/world.ts';
import { runListener } from '../ui/choose.ts';
import { toJson } from '../ui/json.ts';
import { type RunListener, silentListener } from '../ui/listener.ts';
import { canAsk, terminalPrompter, typeTheName } from '../ui/prompts.ts';
import { renderRunEnd } from '../ui/run-end.ts';
import { screenOf } from '../ui/screen.ts';
import { visible } from '../ui/visible.ts';
import { BaseCommand, estateFlags } from './base-command.ts';
import { composeWorld, type Estate, localCopy, openEstate, stepKinds } from './compose.ts';
import { tellOwedFences } from './fence-debt.ts';
import { lifeSigns } from './life-signs.ts';
import { isRunning, operator } from './operator.ts';

/** Flags of every command that changes something. */
export const changeFlags = {
	...estateFlags,
	to: Flags.string({ required: true, helpValue: 'CLUSTER', summary: 'The cluster to move to.' }),
	confirm: Flags.string({ helpValue: 'CLUSTER', summary: 'The name of the cluster to move to, instead of typing it at the prompt.' }),
	'dry-run': Flags.boolean({ summary: 'Show the plan; change nothing.' }),
	input: Flags.boolean({ allowNo: true, default: true, summary: 'Whether to ask on the terminal; --no-input never does.' }),
	report: Flags.string({ helpValue: 'FILE', summary: 'Write the report there: .json, or Markdown for any other name.' }),
};

/** Of commands that move clients. */
export const moveFlags = {
	...changeFlags,
	hold: Flags.boolean({ summary: 'Do all that can be taken back, then wait right before the point of no return: kdr runs release.' }),
	'hold-for': Flags.string({ helpValue: 'TIME', summary: 'The same, but halt there when nobody has released it after so long: 90s, 10m.' }),
	override: Flags.string({
		multiple: true,
		helpValue: 'ID=REASON',
		summary: 'Go on in spite of a finding of the plan, by its id, and why; recorded. May be given again.',
	}),
};

/** Of commands that take a run back. */
export const undoFlags = {
	...estateFlags,
	confirm: Flags.string({
		helpValue: 'NAME',
		summary: 'The cluster the clients are left on; past the point of no return the id of the run. Instead of typing it.',
	}),
	'dry-run': changeFlags['dry-run'],
	input: changeFlags.input,
	report: changeFlags.report,
	takeover: Flags.string({ helpValue: 'REASON', summary: 'Although somebody still works on the run, and why; they are fenced.' }),
};

/** For runbooks with manual steps. */
export const approveFlag = {
	approve: Flags.string({ multiple: true, helpValue: 'STEP', summary: 'A manual step that is approved, where no terminal can ask.' }),
};

export interface ChangeFlags {
	/** What is to be typed, where it is not the name of the cluster to move to. */
	asks?: { word: string; question: string } | undefined;
	hold?: boolean | undefined;
	'hold-for'?: string | undefined;
	override?: string[] | undefined;
	approve?: string[] | undefined;
	config?: string | undefined;
	link?: string | undefined;
	to: string;
	confirm?: string | undefined;
	'dry-run': boolean;
	input: boolean;
	report?: string | undefined;
}

interface ChangeRequest {
	mode: Move['mode'];
	steps: RunStep[];
	/** Agreed to by flags, besides `--confirm`. */
	consent?: Record<string, string>;
}

/** What a command that ran something gives back; `report` is null when nothing was journalled. */
export interface RunResult {
	run: string;
	result: RunOutcome['result'] | 'planned';
	exit: number;
	report: Report | null;
}

/** A command whose work goes through the engine: plan, consent, journal, steps, report. */
export abstract class RunCommand extends BaseCommand {
	/** A new run. */
	protected async change(flags: ChangeFlags, request: ChangeRequest): Promise<RunResult> {
		const estate = await openEstate(flags);
		const move = moveOf(estate, flags.to, request.mode);
		const hold = holdOf(flags);
		const id = newRunId();
		return this.#with(estate, flags, move, id, async (env, clusterIds) => {
			const consent = { ...request.consent, ...parseOverrides(flags.override ?? []) };
			const planned = { move, steps: withRules(request), consent };
			if (flags['dry-run']) return this.#dryRun(env, planned);
			return run(env, { run: id, command: this.#typed(), clusterIds, ...planned, ...(hold && { hold }) });
		});
	}

	/** Takes a run back; `whole`: only if nothing of it will be left. */
	protected async takeBack(flags: UndoFlags, undone: RunState, whole: boolean): Promise<RunResult> {
		const { run: undoes, move: moved } = undone;
		const estate = await openEstate({ ...flags, link: moved.link });
		const move: Move = { ...moved, mode: 'change' };
		const known = { ...flags, to: move.to, asks: asksFor(undone) };
		const id = newRunId();
		return this.#with(estate, known, move, id, async (env, clusterIds) => {
			const { takeover } = flags;
			const consent = {};
			const request = { run: id, undoes, command: this.#typed(), consent, clusterIds, whole, ...(takeover !== undefined && { takeover }) };
			if (flags['dry-run']) return this.#dryRun(env, await undoRun(env, request));
			return undo(env, request);
		});
	}

	#typed(): string {
		return ['kdr', ...(this.id ?? '').split(':'), ...this.argv].join(' ');
	}

	/** An old one, from where its journal ends. */
	protected async goOn(
		flags: Omit<ChangeFlags, 'to' | 'confirm' | 'dry-run'>,
		move: Move,
		id: string,
		takeover?: string,
	): Promise<RunResult> {
		const estate = await openEstate({ ...flags, link: move.link });
		const known = { ...flags, to: move.to, 'dry-run': false };
		return this.#with(estate, known, move, id, (env, clusterIds) =>
			resume(env, { run: id, clusterIds, ...(takeover !== undefined && { takeover }) }),
		);
	}

	/** Only reads: what each step would do now. */
	protected async planned(
		flags: ChangeFlags,
		{ mode, steps }: Pick<ChangeRequest, 'mode' | 'steps'>,
	): Promise<{ estate: Estate; move: Move; plan: PlannedStep[] }> {
		const estate = await openEstate(flags);
		const move = moveOf(estate, flags.to, mode);
		const world = composeWorld(estate, this.signal);
		try {
			const { fromAlive } = await lifeSigns(world, move);
			const env = this.#env(world, estate, move, flags, silentListener, fromAlive);
			return { estate, move, plan: await preview(env, { move, steps, consent: {} }) };
		} finally {
			await world.close();
		}
	}

	/** Only reads: what a step would see and plan. */
	protected async look<T>(flags: ChangeFlags, read: (io: StepIo, cx: StepContext) => Promise<T>): Promise<T> {
		const estate = await openEstate(flags);
		const move = moveOf(estate, flags.to, 'change');
		const world = composeWorld(estate, this.signal);
		try {
			const { fromAlive } = await lifeSigns(world, move);
			const { link } = estate;
			const cx = {
				move,
				link,
				run: 'preview',
				preview: true,
				fromAlive,
				consent: {},
				output: () => undefined,
				signal: this.signal,
				progress: () => {},
			};
			return await read({ world, from: world.side(move.from), to: world.side(move.to) }, cx);
		} finally {
			await world.close();
		}
	}

	async #with(
		estate: Estate,
		flags: ChangeFlags,
		move: Move,
		id: string,
		work: (env: EngineEnv, ids: Record<string, string>) => Promise<RunOutcome>,
	): Promise<RunResult> {
		const world = composeWorld(estate, this.signal);
		const listener = await runListener({ json: this.jsonEnabled(), env: process.env });
		const copy = localCopy(id, (text) => this.warning(text));
		try {
			const [{ fromAlive, clusterIds }] = await Promise.all([
				lifeSigns(world, move),
				tellOwedFences(world, estate.link, (text) => this.warning(text)),
			]);
			const env = this.#env(world, estate, move, flags, listener, fromAlive);
			env.listener = (event) => {
				if (event.type !== 'plan' && event.type !== 'progress') copy.add(event, world.clock.now());
				listener.hear(event);
			};
			return await this.#end(await work(env, clusterIds), env, flags, listener);
		} finally {
			copy.close();
			listener.close();
			await world.close();
		}
	}

	#env(world: World, { link }: Estate, move: Move, flags: ChangeFlags, listener: RunListener, fromAlive: boolean): EngineEnv {
		const to = world.side(move.to);
		return {
			io: { world, from: world.side(move.from), to },
			link,
			registry: stepKinds,
			journal: to.journal,
			...(fromAlive && { otherJournal: { journal: world.side(move.from).journal, needed: move.mode !== 'failover' } }),
			clock: world.clock,
			listener: (event) => listener.hear(event),
			consent: (request) => this.#consent(request, flags),
			approve: (request) => this.#approve(request, flags, listener),
			signal: this.signal,
			operator: operator(),
			fromAlive,
			isGone: ({ host, pid }) => host === hostname() && !isRunning(pid),
		};
	}

	/** The name of the cluster typed, or given by flag; a loss that is possible is part of what is agreed to. */
	async #consent({ plan, move, given }: ConsentRequest, flags: ChangeFlags): Promise<Record<string, string>> {
		const word = flags.asks?.word ?? move.to;
		const open = plan
			.flatMap(({ checks }) => checks)
			.flatMap(({ consent, observed }) => (consent && !(consent.name in given) ? [{ ...consent, observed }] : []));
		const flag = [`--confirm ${word}`, ...open.map(({ name, value }) => `--${name} ${value}`)].join(' ');
		if (flags.confirm === undefined && canAsk({ input: flags.input, json: this.jsonEnabled(), env: process.env })) {
			const loss = open.map(({ observed }) => observed).join('; ');
			const plain = flags.asks?.question ?? 'Type the name of the cluster to move to:';
			const question = loss ? `To accept the loss of ${loss}, type the cluster to move to:` : plain;
			await typeTheName(terminalPrompter(this.signal), question, word);
		} else {
			if (flags.confirm === undefined)
				throw new KdrError('KDR_CONFIRM_NEEDED', flags.asks?.question ?? `moving to ${move.to} needs its name as confirmation`, {
					hint: `add ${flag}`,
				});
			if (flags.confirm !== word) throw new KdrError('KDR_DECLINED', `--confirm ${flags.confirm} is not ${word}`, { hint: `add ${flag}` });
			if (open[0])
				throw new KdrError('KDR_LOSS_NOT_ACCEPTED', `what may be lost was not accepted: ${open[0].observed}`, { hint: `add ${flag}` });
		}
		return { confirm: word, ...Object.fromEntries(open.map(({ name, value }) => [name, value])) };
	}

	/** By flag, or at the terminal by typing the word asked for. */
	async #approve(
		{ step, text, word }: Parameters<NonNullable<EngineEnv['approve']>>[0],
		flags: ChangeFlags,
		listener: RunListener,
	): Promise<string | null> {
		const { user, host } = operator();
		if (flags.approve?.includes(step)) return `approved by ${user}@${host} with --approve`;
		if (!canAsk({ input: flags.input, json: this.jsonEnabled(), env: process.env })) return null;
		listener.close();
		await typeTheName(terminalPrompter(this.signal), `${visible(text)} Type ${word} when it is so:`, word);
		return `approved by ${user}@${host} at the terminal`;
	}

	async #dryRun(env: EngineEnv, request: { move: Move; steps: RunStep[]; consent: Record<string, string> }): Promise<RunOutcome> {
		const steps = await preview(env, request);
		env.listener({ type: 'plan', run: 'dry run', move: request.move, steps });
		const [refused] = refusals(steps);
		if (!refused) return { run: 'dry run', result: 'done', exit: 0 };
		const { check, step } = refused;
		const error = new KdrError('KDR_CHECK_FAILED', `${step}: ${check.what}: ${check.observed}`, { details: { checks: [check] } });
		return { run: 'dry run', result: 'refused', exit: error.exit, error };
	}

	async #end(outcome: RunOutcome, env: EngineEnv, flags: ChangeFlags, listener: RunListener): Promise<RunResult> {
		listener.close();
		const told = outcome.state ? await readReport(env, outcome.run) : null;
		if (told && flags.report !== undefined)
			await writeFile(flags.report, flags.report.endsWith('.json') ? `${toJson(told)}\n` : reportMarkdown(told));
		if (told && !this.jsonEnabled()) this.note(renderRunEnd(told, screenOf(process.stderr, process.env), env.link.objectives));
		if (flags['dry-run'] && !outcome.error) this.note('Nothing was changed: this was a dry run.');
		const error = outcome.error ?? (outcome.exit === 0 ? null : interrupted(outcome));
		if (error) this.exitWith(error, outcome.exit);
		return { run: outcome.run, result: flags['dry-run'] ? 'planned' : outcome.result, exit: outcome.exit, report: told };
	}
}

type UndoFlags = Omit<ChangeFlags, 'to' | 'asks'> & { takeover?: string | undefined };

/** Before the point of no return the clients stay where they are; behind it, whoever goes back must mean this very run. */
function asksFor(state: RunState): { word: string; question: string } {
	const { run: id, move } = state;
	if (!pastReturn(state)) return { word: move.from, question: `To take run ${id} back, type the cluster the clients stay on:` };
	const price = `run ${id} is past its point of no return: what was written on ${move.to} since stays there.`;
	return { word: id, question: `${price} To take it back all the same, type the id of the run:` };
}

/** Every move asks the rules of the link first. */
function withRules({ mode, steps }: ChangeRequest): RunStep[] {
	if (mode === 'change' || steps.some(({ kind }) => kind === 'safety-rules')) return steps;
	return [{ id: 'safety-rules', kind: 'safety-rules', params: {} }, ...steps];
}

/** @throws KDR_USAGE */
function holdOf(flags: ChangeFlags): Hold | undefined {
	const text = flags['hold-for'];
	if (text === undefined) return flags.hold ? {} : undefined;
	const forMs = parseDuration(text);
	if (forMs === undefined) throw new KdrError('KDR_USAGE', `--hold-for takes a time, not "${text}"`, { hint: 'e.g. --hold-for 10m' });
	return { forMs };
}

const interrupted = ({ run, goOn }: RunOutcome): KdrError =>
	new KdrError('KDR_INTERRUPTED', goOn ? `run ${run} was interrupted` : 'interrupted; nothing was changed', goOn ? { hint: goOn } : {});

async function readReport(env: EngineEnv, id: string): Promise<Report | null> {
	const entries = await env.journal.read(env.link.name);
	return (
		report(
			entries.filter((entry) => entry.run === id),
			stepKinds,
		) ?? null
	);
}

function moveOf({ link }: Estate, to: string, mode: Move['mode']): Move {
	if (!link.clusters.includes(to)) {
		throw new KdrError('KDR_LINK_UNKNOWN', `link ${link.name} has no cluster ${to}`, { hint: `--to ${link.clusters.join(' or --to ')}` });
	}
	return { link: link.name, from: otherSide(link, to), to, mode };
}
