import { z } from 'zod';
import { topicsInScope } from '../domain/kafka/scope.ts';
import type { AclBinding } from '../ports/acls.ts';
import type { Topic } from '../ports/cluster.ts';
import { aclCommand, bindingSchema, collateral, denials, inPlace, lifted, missing } from './access.ts';
import { count, list } from './estate.ts';
import { changeKind } from './kind.ts';

const params = z.object({});
const change = z.object({ deny: z.array(bindingSchema), lift: z.array(bindingSchema) });

interface Facts {
	all: Topic[];
	scope: string[];
	bindings: AclBinding[];
}

/** Keeps the application principals from writing on the cluster we leave. */
export const fenceWriters = changeKind<z.infer<typeof params>, Facts, z.infer<typeof change>>({
	type: 'change',
	kind: 'fence-writers',
	purpose: 'keep applications from writing on the cluster we leave',
	report: { phase: 'fence', outage: 'starts', notMeasured: ['writers of other principals than fence.principals are not kept out'] },
	params,
	change,
	settleMs: 15_000,
	async observe(_params, io, cx) {
		const [all, bindings] = await Promise.all([io.from.cluster.topics(), io.from.acls.list()]);
		return { all, scope: topicsInScope(all, cx.link.topics).map(({ name }) => name), bindings };
	},
	check: ({ all, scope }) => [collateral(all, scope)],
	plan({ scope, bindings }, _params, { link, move }) {
		const deny = missing(denials(scope, link.fence.principals, 'write'), bindings);
		return {
			change: deny.length > 0 ? { deny, lift: [] } : null,
			summary: {
				what: `${list(link.fence.principals)} on ${count(scope.length, 'topic')} of ${move.from}`,
				now: deny.length > 0 ? 'may write' : 'WRITE denied',
				after: 'WRITE denied',
				undo: 'lift',
				commands: aclCommand(move.from, deny, 'add'),
			},
		};
	},
	async apply({ deny, lift }, io) {
		await io.from.acls.create(deny);
		await io.from.acls.remove(lift);
		return [];
	},
	verify({ scope, bindings }, _change, _params, { link, move }) {
		const wanted = denials(scope, link.fence.principals, 'write');
		return [inPlace('fence-in-place', `WRITE denied on ${move.from}`, missing(wanted, bindings), wanted.length)];
	},
	undo: {
		of: ({ deny, lift }) => ({ deny: lift, lift: deny }),
		undone: ({ bindings }, { lift }, _params, { move }) => [lifted(`WRITE denied on ${move.from}`, lift, bindings)],
	},
});
