import { z } from 'zod';
import { blockIf } from '../domain/check.ts';
import { gateKind } from './kind.ts';

const params = z.strictObject({
	text: z.string().min(1).max(4_000).describe('What the person must do or check before the run continues.'),
	type: z.string().min(1).max(64).optional().describe('The word to be typed; default: the id of the step.'),
});

interface Facts {
	/** Who approved and how; null: nobody has. */
	approved: string | null;
}

/** Waits for a person. Without a terminal it is approved by name when the run is started or resumed; else the run halts there. */
export const manual = gateKind<z.infer<typeof params>, Facts>({
	type: 'gate',
	kind: 'manual',
	mayBeHook: true,
	asksPerson: true,
	purpose: 'wait for a person',
	fixedTimeout: 'it waits for a person',
	params,
	async observe({ text, type }, _io, { preview, approve, step }) {
		return { approved: preview ? null : ((await approve?.({ text, word: type ?? step ?? 'yes' })) ?? null) };
	},
	checkPlan: () => [],
	check({ approved }, { text }, { run, step }) {
		return [
			blockIf(approved === null, {
				code: 'KDR_APPROVAL_PENDING',
				what: text,
				observed: approved ?? 'nobody has approved it yet',
				wanted: 'approved',
				hint: `kdr runs resume ${run} --approve ${step}`,
			}),
		];
	},
	summary: (_facts, { text }) => ({ what: text, now: 'open', after: 'approved', undo: '-' }),
	byHand: () => ({ commands: [], see: 'a person has done this and says so' }),
	waitMs: () => 0,
});
