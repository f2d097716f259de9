import { readFileSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { hostname, userInfo } from 'node:os';
import { Flags } from '@oclif/core';
import { otherSide } from '../domain/config/link.ts';
import { asKdrError, KdrError } from '../domain/errors/kdr-error.ts';
import { refusals } from '../domain/plan/planned-step.ts';
import { reportMarkdown } from '../domain/report/markdown.ts';
import { type Report, report } from '../domain/report/report.ts';
import type { Move, Operator, RunStep } from '../domain/run/events.ts';
import type { ConsentRequest, EngineEnv, RunOutcome, StepContext, StepIo } from '../engine/env.ts';
import { resume, run } from '../engine/execute.ts';
import { preview } from '../engine/preview.ts';
import { newRunId } from '../engine/run-id.ts';
import type { World } from '../ports/world.ts';
import { runListener } from '../ui/choose.ts';
import { toJson } from '../ui/json.ts';
import type { RunListener } from '../ui/listener.ts';
import { canAsk, terminalPrompter, typeTheName } from '../ui/prompts.ts';
import { renderRunEnd } from '../ui/run-end.ts';
import { screenOf } from '../ui/screen.ts';
import { BaseCommand, estateFlags } from './base-command.ts';
import { composeWorld, type Estate, openEstate, stepKinds } from './compose.ts';

/** Flags of every command that changes something. */
export const changeFlags = {
	...estateFlags,
	to: Flags.string({ required: true, helpValue: 'CLUSTER', summary: 'The cluster to move to.' }),
	confirm: Flags.string({ helpValue: 'CLUSTER', summary: 'The name of the cluster to move to, instead of typing it at the prompt.' }),
	'dry-run': Flags.boolean({ summary: 'Show the plan; change nothing.' }),
	input: Flags.boolean({ allowNo: true, default: true, summary: 'Whether to ask on the terminal; --no-input never does.' }),
	report: Flags.string({ helpValue: 'FILE', summary: 'Write the report there: .json, or Markdown for any other name.' }),
};

export interface ChangeFlags {
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
		return this.#with(estate, flags, move, async (env, clusterIds) => {
			const planned = { move, steps: request.steps, consent: request.consent ?? {} };
			if (flags['dry-run']) return this.#dryRun(env, planned);
			const command = ['kdr', ...(this.id ?? '').split(':'), ...this.argv].join(' ');
			return run(env, { run: newRunId(), command, clusterIds, ...planned });
		});
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
		return this.#with(estate, known, move, (env, clusterIds) =>
			resume(env, { run: id, clusterIds, ...(takeover !== undefined && { takeover }) }),
		);
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
		work: (env: EngineEnv, ids: Record<string, string>) => Promise<RunOutcome>,
	): Promise<RunResult> {
		const world = composeWorld(estate, this.signal);
		const listener = await runListener({ json: this.jsonEnabled(), env: process.env });
		try {
			const { fromAlive, clusterIds } = await lifeSigns(world, move);
			const env = this.#env(world, estate, move, flags, listener, fromAlive);
			return await this.#end(await work(env, clusterIds), env, flags, listener);
		} finally {
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
			clock: world.clock,
			listener: (event) => listener.hear(event),
			consent: (request) => this.#consent(request, flags),
			signal: this.signal,
			operator: operator(),
			fromAlive,
			isGone: ({ host, pid }) => host === hostname() && !isRunning(pid),
		};
	}

	/** The name of the cluster typed, or given by flag; a loss that is possible is part of what is agreed to. */
	async #consent({ plan, move, given }: ConsentRequest, flags: ChangeFlags): Promise<Record<string, string>> {
		const open = plan
			.flatMap(({ checks }) => checks)
			.flatMap(({ consent, observed }) => (consent && !(consent.name in given) ? [{ ...consent, observed }] : []));
		const flag = [`--confirm ${move.to}`, ...open.map(({ name, value }) => `--${name} ${value}`)].join(' ');
		if (flags.confirm === undefined && canAsk({ input: flags.input, json: this.jsonEnabled(), env: process.env })) {
			const loss = open.map(({ observed }) => observed).join('; ');
			const question = loss ? `To accept the loss of ${loss}, type the cluster to move to:` : 'Type the name of the cluster to move to:';
			await typeTheName(terminalPrompter(this.signal), question, move.to);
		} else {
			if (flags.confirm === undefined)
				throw new KdrError('KDR_CONFIRM_NEEDED', `moving to ${move.to} needs its name as confirmation`, { hint: `add ${flag}` });
			if (flags.confirm !== move.to)
				throw new KdrError('KDR_DECLINED', `--confirm ${flags.confirm} is not ${move.to}`, { hint: `add ${flag}` });
			if (open[0])
				throw new KdrError('KDR_LOSS_NOT_ACCEPTED', `what may be lost was not accepted: ${open[0].observed}`, { hint: `add ${flag}` });
		}
		return { confirm: move.to, ...Object.fromEntries(open.map(({ name, value }) => [name, value])) };
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

/**
 * Who answers, and as which cluster. `to` must; `from` may be dead for a failover, and then nothing waits for it again. A
 * wrong password is no death.
 */
async function lifeSigns(world: World, { from, to, mode }: Move): Promise<{ fromAlive: boolean; clusterIds: Record<string, string> }> {
	const [source, target] = await Promise.all([
		world.side(from).cluster.identity().catch(deadOrThrow(mode)),
		world.side(to).cluster.identity(),
	]);
	const clusterIds = { [to]: target.clusterId, ...(source && { [from]: source.clusterId }) };
	if (source && source.clusterId === target.clusterId)
		throw new KdrError('KDR_CLUSTER_WRONG', `${from} and ${to} are one cluster, ${target.clusterId}`);
	return { fromAlive: source !== null, clusterIds };
}

function deadOrThrow(mode: Move['mode']): (thrown: unknown) => null {
	return (thrown) => {
		const error = asKdrError(thrown);
		const silent = error.code === 'KDR_CLUSTER_UNREACHABLE' || error.code === 'KDR_TIMEOUT';
		if (mode === 'switchover' && silent) {
			throw new KdrError(error.code, error.message, {
				hint: 'a switchover needs both sides; if this one is gone: kdr failover',
				cause: error,
			});
		}
		if (!silent) throw error;
		return null;
	};
}

function operator(): Operator {
	const { version } = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')) as { version: string };
	return { user: userInfo().username, host: hostname(), pid: process.pid, version };
}

function isRunning(pid: number): boolean {
	try {
		process.kill(pid, 0);
		return true;
	} catch (thrown) {
		return (thrown as NodeJS.ErrnoException).code === 'EPERM';
	}
}
