import { z } from 'zod';
import type { Check } from '../domain/check.ts';
import { KdrError } from '../domain/errors/kdr-error.ts';
import { shellLine } from '../domain/runbook/shell.ts';
import { visible } from '../domain/visible.ts';
import type { ProgramEnd } from '../ports/programs.ts';
import { changeKind, type StepContext, type StepIo } from './kind.ts';

const argv = z.array(z.string().max(4_096)).min(1).max(256);
const params = z.strictObject({
	run: argv.describe(
		'Program and arguments; no shell. It must be safe to run twice: a run killed meanwhile runs it again.',
	),
	done: argv.optional().describe('Only looks; exit 0 says that nothing needs doing (any more).'),
	undo: argv.optional().describe('Takes it back.'),
	within: z
		.number()
		.int()
		.positive()
		.max(86_400_000)
		.default(60_000)
		.describe('Milliseconds it may take; then it is killed.'),
});
type Params = z.infer<typeof params>;
const change = z.object({ run: z.array(z.string()), back: z.array(z.string()), within: z.number() });
type Change = z.infer<typeof change>;

interface Facts {
	/** What `done` says; null: there is none to ask. */
	done: boolean | null;
}

/** How a change ended that this very process made. A program leaves nothing to observe, so its end is all that is known. */
const ends = new WeakMap<Change, ProgramEnd>();

/** Runs a program of the person's own. Anything but exit 0 stops the run. */
export const exec = changeKind<Params, Facts, Change>({
	type: 'change',
	kind: 'exec',
	purpose: 'run a program',
	fixedTimeout: 'with.within says how long the program may take',
	params,
	change,
	settleMs: 0,
	async observe({ done, within }, io, ctx) {
		return { done: done === undefined ? null : (await runProgram(done, within, io, ctx)).code === 0 };
	},
	check: () => [],
	plan: ({ done }, { run, undo, within }) => ({
		change: done === true ? null : { run, back: undo ?? [], within },
		summary: {
			what: shellLine(run),
			now: done === null ? 'not run' : done ? 'done' : 'not done',
			after: done === true ? 'done' : 'exit 0',
			undo: undo === undefined ? '-' : shellLine(undo),
			commands: done === true ? [] : [shellLine(run)],
		},
	}),
	async apply(made, io, ctx) {
		if (made.run.length === 0) {
			ctx.progress('there is nothing that takes it back');
			ends.set(made, { code: 0, output: '' });
			return [];
		}
		const end = await runProgram(made.run, made.within, io, ctx);
		if (end.code !== 0) {
			throw new KdrError('KDR_PROGRAM_FAILED', `${shown(made.run)}: ${describe(end, made.within)}`, {
				hint: 'put right what it says; it is run again when the run goes on',
			});
		}
		ends.set(made, end);
		return [];
	},
	verify: (facts, made, given) => [ended(facts, made, shown(made?.run ?? given.run), given.within)],
	undo: {
		of: ({ run, back, within }) => ({ run: back, back: run, within }),
		undone: (_facts, back) => [
			back.run.length === 0 ? stays(back) : ended({ done: null }, back, shown(back.run), back.within),
		],
	},
});

const shown = (argv: readonly string[]): string => visible(shellLine(argv));

export function runProgram(
	argv: readonly string[],
	within: number,
	io: StepIo,
	{ move, run, step, fromAlive, signal, failure }: StepContext,
	more: Readonly<Record<string, string>> = {},
) {
	const env = {
		KDR_RUN: run,
		KDR_STEP: step ?? '',
		KDR_LINK: move.link,
		KDR_FROM: move.from,
		KDR_TO: move.to,
		KDR_MODE: move.mode,
		KDR_FROM_ALIVE: String(fromAlive),
		...(failure && { KDR_FAILED_STEP: failure.step, KDR_ERROR_CODE: failure.code }),
		...more,
	};
	return io.world.programs.run(argv, { env, within, signal });
}

function ended({ done }: Facts, made: Change | null, what: string, within: number): Check {
	const end = made === null ? undefined : ends.get(made);
	const known = end
		? describe(end, within)
		: done === null
			? 'its end was not seen'
			: done
				? 'done, as its own look says'
				: 'not done';
	return {
		code: 'program-ended',
		status: end?.code === 0 || done === true ? 'pass' : 'block',
		what,
		observed: known,
		wanted: 'exit 0',
	};
}

const stays = ({ back }: Change): Check => ({
	code: 'program-ended',
	status: 'warn',
	what: shown(back),
	observed: 'what it did stays: its step names no undo',
	wanted: 'taken back',
});

const longestQuote = 500;

export function describe({ code, killed, output }: ProgramEnd, within: number): string {
	const how = killed === 'time' ? `no end within ${within / 1_000} s, killed` : killed ? 'killed' : `exit ${code}`;
	const said = output.trim().slice(-longestQuote).split(/\r?\n/).map(visible).join(' | ');
	return said === '' ? how : `${how}: ${said}`;
}
