import { z } from 'zod';
import type { AclBinding } from '../ports/acls.ts';
import { aclCommand, bindingSchema, denials, inPlace, missing, shared } from './access.ts';
import { count, scopeTopics } from './estate.ts';
import { changeKind } from './kind.ts';

const params = z.object({});
const change = z.object({ lift: z.array(bindingSchema), deny: z.array(bindingSchema) });

interface Facts {
	/** Denials that an earlier move left on the cluster we move to. */
	left: AclBinding[];
}

/** Lifts what an earlier move put on the cluster we move to, so that clients may read and write there. */
export const openTarget = changeKind<z.infer<typeof params>, Facts, z.infer<typeof change>>({
	type: 'change',
	kind: 'open-target',
	purpose: 'let applications read and write on the cluster we move to',
	report: { phase: 'open' },
	params,
	change,
	settleMs: 15_000,
	async observe(_params, io, { link }) {
		const [topics, bindings] = await Promise.all([scopeTopics(io.to, link), io.to.acls.list()]);
		const names = topics.map(({ name }) => name);
		const ours = [...denials(names, link.fence.principals, 'write'), ...denials(names, link.fence.principals, 'read')];
		return { left: shared(ours, bindings) };
	},
	check: () => [],
	plan: ({ left }, _params, { move }) => ({
		change: left.length > 0 ? { lift: left, deny: [] } : null,
		summary: {
			what: `applications on ${move.to}`,
			now: left.length > 0 ? `${count(left.length, 'denial')} of an earlier move` : 'not denied',
			after: 'not denied',
			undo: 'deny again',
			commands: aclCommand(move.to, left, 'remove'),
		},
	}),
	async apply({ lift, deny }, io) {
		await io.to.acls.create(deny);
		await io.to.acls.remove(lift);
		return [];
	},
	verify: ({ left }, _change, _params, { move }) => [
		{
			code: 'target-open',
			status: left.length === 0 ? 'pass' : 'block',
			what: `denials of kdr left on ${move.to}`,
			observed: left.length === 0 ? 'none' : count(left.length, 'denial'),
			wanted: 'none',
		},
	],
	undo: {
		of: ({ lift, deny }) => ({ lift: deny, deny: lift }),
		undone: ({ left }, { deny }, _params, { move }) => [
			inPlace('taken-back', `denials that ${move.to} had before`, missing(deny, left), deny.length),
		],
	},
});
