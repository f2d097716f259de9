import { z } from 'zod';
import { bindingSchema } from './binding.ts';

const rate = z.object({ user: z.string(), before: z.number().nullable(), after: z.number().nullable() });
const doing = z.enum(['apply', 'lift']).nullable().default(null);

/** What the drivers of a fence change on one cluster: putting it up, taking it down, or the way back from either. */
export const fenceChange = z.object({
	deny: z.array(bindingSchema),
	lift: z.array(bindingSchema),
	/** `producer_byte_rate` of users; null: none. */
	rates: z.array(rate).default([]),
	/** Which program is run. */
	program: doing,
	/** What a person is asked to do. */
	person: doing,
});

export type FenceChange = z.infer<typeof fenceChange>;

export const isNothing = ({ deny, lift, rates, program, person }: FenceChange): boolean =>
	deny.length + lift.length + rates.length === 0 && program === null && person === null;

/** Pure. The change that undoes one. */
export function fenceBack({ deny, lift, rates, program, person }: FenceChange): FenceChange {
	return {
		deny: lift,
		lift: deny,
		rates: rates.map(({ user, before, after }) => ({ user, before: after, after: before })),
		program: opposite(program),
		person: opposite(person),
	};
}

const opposite = (what: FenceChange['program']): FenceChange['program'] =>
	what === null ? null : what === 'apply' ? 'lift' : 'apply';
