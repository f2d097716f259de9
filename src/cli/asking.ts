import { KdrError } from '../domain/errors/kdr-error.ts';
import { acceptedSince } from '../domain/plan/loss.ts';
import type { RunState } from '../domain/run/state.ts';
import { pastReturn } from '../domain/run/undo.ts';
import type { ConsentRequest, EngineEnv } from '../engine/env.ts';
import { canAsk, terminalPrompter, typeTheName } from '../ui/prompts.ts';
import { visible } from '../ui/visible.ts';
import { operator } from './operator.ts';
import type { ChangeFlags } from './run-flags.ts';

/** How to ask a person. */
export interface Asking {
	flags: Pick<ChangeFlags, 'asks' | 'approve' | 'confirm' | 'input'>;
	json: boolean;
	signal: AbortSignal;
	/** Frees the terminal for a question. */
	pauseScreen(): void;
}

const mayAsk = ({ flags, json }: Asking): boolean => canAsk({ input: flags.input, json, env: process.env });

/** The name of the cluster, typed or from a flag; the operator accepts a possible loss with it. */
export async function askConsent(
	{ plan, move, given }: ConsentRequest,
	asking: Asking,
): Promise<Record<string, string>> {
	const { flags } = asking;
	const word = flags.asks?.word ?? move.to;
	const open = plan
		.flatMap(({ checks }) => checks)
		.flatMap(({ consent, observed }) => (consent && !(consent.name in given) ? [{ ...consent, observed }] : []));
	const flag = [`--confirm ${word}`, ...open.map(({ name, value }) => `--${name} ${value}`)].join(' ');
	if (flags.confirm === undefined && mayAsk(asking)) {
		const loss = open.map(({ observed }) => observed).join('; ');
		const plain = flags.asks?.question ?? 'Type the name of the cluster to move to:';
		const accepting = flags.asks
			? `This is lost for good: ${loss}. ${plain}`
			: `This may lose ${loss}, and more the longer you wait. Type ${word} to accept and move:`;
		const question = loss ? accepting : plain;
		const asked = performance.now();
		await typeTheName(terminalPrompter(asking.signal), question, word);
		return { confirm: word, ...lossAgreed(open, performance.now() - asked) };
	} else {
		if (flags.confirm === undefined)
			throw new KdrError(
				'KDR_CONFIRM_NEEDED',
				flags.asks?.question ?? `moving to ${move.to} needs its name as confirmation`,
				{
					hint: `add ${flag}`,
				},
			);
		if (flags.confirm !== word)
			throw new KdrError('KDR_DECLINED', `--confirm ${flags.confirm} is not ${word}`, { hint: `add ${flag}` });
		if (open[0])
			throw new KdrError('KDR_LOSS_NOT_ACCEPTED', `the possible loss was not accepted: ${open[0].observed}`, {
				hint: `add ${flag}`,
			});
	}
	return { confirm: word };
}

/** Reading a plan takes minutes, and what may be lost on a silent cluster grows meanwhile: the question says so. */
const lossAgreed = (open: readonly { name: string; value: string }[], ms: number): Record<string, string> =>
	Object.fromEntries(open.map(({ name, value }) => [name, name === 'accept-loss' ? acceptedSince(value, ms) : value]));

/** The token of a plan that was just shown: typed, or from a flag. */
export async function askToken(plan: string, run: string, asking: Asking): Promise<void> {
	const { confirm } = asking.flags;
	if (confirm === plan) return;
	if (confirm !== undefined)
		throw new KdrError('KDR_PLAN_STALE', `the plan has changed: it is ${plan} now, not ${confirm}`, {
			hint: `read the plan again; to approve it: kdr runs approve ${run} --confirm ${plan}`,
		});
	if (!mayAsk(asking))
		throw new KdrError('KDR_CONFIRM_NEEDED', `approving run ${run} needs the token of its plan`, {
			hint: `add --confirm ${plan}`,
		});
	await typeTheName(
		terminalPrompter(asking.signal),
		`To approve run ${run}, type the token of this plan, ${plan}:`,
		plan,
	);
}

/** A manual step: by flag, or at the terminal by typing the word asked for. */
export async function askApproval(
	{ step, text, word }: Parameters<NonNullable<EngineEnv['approve']>>[0],
	asking: Asking,
): Promise<string | null> {
	const { user, host } = operator();
	if (asking.flags.approve?.includes(step)) return `approved by ${user}@${host} with --approve`;
	if (!mayAsk(asking)) return null;
	asking.pauseScreen();
	await typeTheName(terminalPrompter(asking.signal), `${visible(text)} Type ${word} when it is done:`, word);
	return `approved by ${user}@${host} at the terminal`;
}

/** Before the point of no return the clients stay where they are; past it, whoever undoes must mean this very run. */
export function asksFor(state: RunState): { word: string; question: string } {
	const { run: id, move } = state;
	if (!pastReturn(state))
		return { word: move.from, question: `To undo run ${id}, type the cluster the clients stay on:` };
	const price = `Run ${id} is past its point of no return: records written on ${move.to} since then stay there.`;
	return { word: id, question: `${price} To undo it anyway, type the id of the run:` };
}
