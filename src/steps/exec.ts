import { z } from 'zod';
import { blockUnless, type Check } from '../domain/check.ts';
import { KdrError } from '../domain/errors/kdr-error.ts';
import { durationParam } from '../domain/runbook/duration-param.ts';
import { shellLine } from '../domain/runbook/shell.ts';
import { visible } from '../domain/visible.ts';
import { describe } from '../observe/fence-program.ts';
import { changeKind, type RunFacts, type StepContext, type StepIo } from './kind.ts';

const argv = z.array(z.string().max(4_096)).min(1).max(256);
const params = z.strictObject({
	run: argv.describe(
		'Program and arguments; no shell. It must be safe to run twice: a run killed meanwhile runs it again.',
	),
	done: argv.optional().describe('Only looks; exit 0 says that nothing needs doing (any more).'),
	undo: argv.optional().describe('Undoes it.'),
	within: durationParam({ least: 1, most: 86_400_000 })
		.prefault('1m')
		.describe('How long it may take; after that it must end: SIGTERM, and 5 s later SIGKILL with all it started.'),
	env: z
		.array(z.string())
		.optional()
		.describe('Variables that kdr.yaml takes secrets from and that the program gets all the same.'),
});
type Params = z.infer<typeof params>;
const change = z.object({
	run: z.array(z.string()),
	back: z.array(z.string()),
	within: z.number(),
	env: z.array(z.string()).optional(),
});
type Change = z.infer<typeof change>;

interface Facts {
	/** What `done` says; null: there is none to ask. */
	done: boolean | null;
}

/** A program leaves nothing to observe: that it ended well is all that is known, and is journalled. */
const evidence = z.object({ ran: z.array(z.string()) });
/** That a program was about to be started, or ended without success: one that began and is not known to have ended may still live. */
const attempt = z.object({ began: z.array(z.string()) }).or(z.object({ failed: z.array(z.string()) }));

/** How long a program lives at most after the kdr that started it, ms. */
const outlivesMs = 6_000;

/** Runs a program of the person's own. Anything but exit 0 stops the run. */
export const exec = changeKind<Params, Facts, Change>({
	type: 'change',
	kind: 'exec',
	mayBeHook: true,
	purpose: 'run a program',
	fixedTimeout: 'with.within says how long the program may take',
	params,
	change,
	grants: () => [],
	settleMs: 0,
	spends: (_facts, { within }) => ({ waitsMs: within }),
	async observe({ done, within, env }, io, ctx) {
		return { done: done === undefined ? null : (await runProgram(done, { within, env }, io, ctx)).code === 0 };
	},
	check: () => [],
	plan: ({ done }, { run, undo, within, env }) => ({
		change: done === true ? null : { run, back: undo ?? [], within, ...(env && { env }) },
		summary: {
			what: shellLine(run),
			now: done === null ? 'not run' : done ? 'done' : 'not done',
			after: done === true ? 'done' : 'exit 0',
			undo: undo === undefined ? '-' : shellLine(undo),
			commands: done === true ? [] : [shellLine(run)],
		},
	}),
	async apply(chosen, io, ctx) {
		if (chosen.run.length === 0) {
			ctx.progress('there is nothing that undoes it');
			return [];
		}
		await earlierCopyEnded(chosen.run, io, ctx);
		await ctx.record({ began: chosen.run });
		const end = await runProgram(chosen.run, chosen, io, ctx);
		if (end.code !== 0) {
			await ctx.record({ failed: chosen.run });
			throw new KdrError('KDR_PROGRAM_FAILED', `${shown(chosen.run)}: ${describe(end, chosen.within)}`, {
				hint: 'correct what it reports; it runs again when the run is resumed',
			});
		}
		await ctx.record({ ran: chosen.run });
		return [];
	},
	verify: (facts, chosen, given, ctx) => [ended(facts, chosen?.run ?? null, shown(chosen?.run ?? given.run), ctx)],
	undo: {
		lacks: ({ undo }) => (undo === undefined ? 'with.undo names no program' : undefined),
		of: ({ run, back, within, env }) => ({ run: back, back: run, within, ...(env && { env }) }),
		undone: (_facts, back, _params, ctx) => [
			back.run.length === 0 ? stays(back) : ended({ done: null }, back.run, shown(back.run), ctx),
		],
	},
});

/** A second copy is never started while the first may live: with the kdr that started it gone, it ends soon. */
async function earlierCopyEnded(argv: readonly string[], io: StepIo, ctx: StepContext): Promise<void> {
	const line = shellLine(argv);
	const times = (name: string): number =>
		ctx.evidence().filter((one) => {
			const known = attempt.or(evidence).safeParse(one).data as Record<string, string[]> | undefined;
			return known?.[name] !== undefined && shellLine(known[name]) === line;
		}).length;
	if (times('began') <= times('ran') + times('failed')) return;
	ctx.progress('waiting until an earlier copy of the program must have ended');
	await io.world.clock.wait(outlivesMs, ctx.signal);
}

const shown = (argv: readonly string[]): string => visible(shellLine(argv));

export function runProgram(
	argv: readonly string[],
	{ within, env: inherit = [] }: { within: number; env?: readonly string[] | undefined },
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
	return io.world.programs.run(argv, { env, within, signal, inherit });
}

function ended({ done }: Facts, ran: readonly string[] | null, what: string, ctx: RunFacts): Check {
	const good = ctx
		.evidence()
		.some((one) => shellLine(evidence.safeParse(one).data?.ran ?? []) === shellLine(ran ?? []) && ran !== null);
	const known = done === null ? 'its end was not seen' : done ? 'done, as its own look says' : 'not done';
	return blockUnless(good || done === true, {
		code: 'program-ended',
		what,
		observed: good ? 'exit 0' : known,
		wanted: 'exit 0',
	});
}

const stays = ({ back }: Change): Check => ({
	code: 'program-ended',
	status: 'warn',
	what: shown(back),
	observed: 'what it did stays: its step names no undo',
	wanted: 'undone',
});
