import { z } from 'zod';
import { blockUnless } from '../domain/check.ts';
import { KdrError } from '../domain/errors/kdr-error.ts';
import type { Operator } from '../domain/run/events.ts';
import { durationParam } from '../domain/runbook/duration-param.ts';
import { gateKind } from './kind.ts';

const params = z.strictObject({
	within: durationParam({ least: 1, most: 86_400_000 })
		.prefault('10m')
		.describe('How long to wait for the approval; after that the run halts.'),
});

interface Facts {
	/** The last approval, by whomever. */
	approval: { by: Operator; plan: string } | null;
	/** Token of the current plan. */
	plan: string;
}

const approved = { code: 'KDR_SECOND_PERSON', what: 'a second person approves the plan', found: [] };

/** Waits until somebody else than who started the run has approved its plan. What the plan rests on may change meanwhile: then it is void. */
export const secondPerson = gateKind<z.infer<typeof params>, Facts>({
	type: 'gate',
	kind: 'second-person',
	role: 'second-approval',
	purpose: 'wait for a second person to approve the plan',
	params,
	async observe(_params, io, { preview, run, planDigest }) {
		if (preview) return { approval: null, plan: '' };
		if (!planDigest) throw new KdrError('KDR_BUG', 'a run without a plan');
		const { signals } = await io.to.journal.signals(run);
		const approvals = signals.flatMap(({ type, by, plan }) =>
			type === 'approve' && plan !== undefined ? [{ by, plan }] : [],
		);
		return { approval: approvals.at(-1) ?? null, plan: await planDigest(approvals.length) };
	},
	checkPlan: () => [
		{ ...approved, status: 'warn', observed: 'not asked yet', wanted: 'kdr runs approve, by another user' },
	],
	check({ approval, plan }, _params, { run, startedBy }) {
		const who = approval && `${approval.by.user}@${approval.by.host}`;
		const same = approval?.by.user === startedBy?.user;
		const good = approval !== null && !same && approval.plan === plan;
		const bad = same ? `${who} started the run` : `void: ${who} approved plan ${approval?.plan}, and it has changed`;
		return [
			blockUnless(good, {
				...approved,
				observed: good ? `${who} approved plan ${plan}` : approval ? bad : 'nobody has',
				wanted: `by another user: kdr runs approve ${run} --confirm ${plan}`,
				hint: `kdr runs approve ${run} --confirm ${plan}, by another user; then: kdr runs resume ${run}`,
			}),
		];
	},
	summary: () => ({ what: 'a second person', now: 'asked', after: 'approved', undo: '-' }),
	byHand: () => ({
		commands: ['id -un'],
		see: 'a second person, another user than this one, has read these commands and agrees to them',
	}),
	waitMs: ({ within }) => within,
});
