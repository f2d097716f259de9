import { z } from 'zod';
import { blockUnless, type Check } from '../../domain/check.ts';
import type { Move } from '../../domain/run/events.ts';
import { connectUrl, curl, untilStopped } from '../../domain/runbook/shell.ts';
import { count, list } from '../../domain/text.ts';
import { connectorsOf, type LinkConnector, notStopped } from '../../observe/connectors.ts';
import { changeKind } from '../kind.ts';

const role = z.enum(['source', 'checkpoint', 'heartbeat']);
const params = z.object({
	roles: z.array(role).nonempty().describe('Which connectors to stop.'),
	createdByThisRun: z
		.boolean()
		.default(false)
		.describe('An earlier step of the run creates the connectors: its plan does not ask for them.'),
	allowMissing: z.boolean().default(false).describe('A direction without connectors counts as stopped.'),
});
const change = z.object({ stop: z.array(z.string()), resume: z.array(z.string()) });

interface Facts {
	connectors: LinkConnector[];
}

/** Stops the connectors that mirror `from` → `to`. */
export const mirrorStop = changeKind<z.infer<typeof params>, Facts, z.infer<typeof change>>({
	type: 'change',
	kind: 'mirror-stop',
	formerParams: { madeHere: { name: 'createdByThisRun' }, mayLack: { name: 'allowMissing' } },
	purpose: 'stop MirrorMaker 2 connectors of the old direction',
	report: { phase: 'stop mirror' },
	params,
	change,
	// A worker needs up to 6 s to give up its tasks; the connector's own state follows at its leisure when the source is frozen.
	grants: () => [],
	settleMs: 30_000,
	async observe({ roles }, io, ctx) {
		const connectors = await connectorsOf(io.to, io.from, ctx.link);
		return { connectors: connectors.filter((connector) => roles.includes(connector.role)) };
	},
	check: ({ connectors }, { roles, allowMissing }, { move }) =>
		allowMissing ? [] : connectorsThere(roles, connectors, move),
	checkPlan: ({ connectors }, { roles, createdByThisRun, allowMissing }, { move }) =>
		allowMissing || createdByThisRun ? [] : connectorsThere(roles, connectors, move),
	plan({ connectors }, _params, { move }) {
		const running = connectors.filter(notStopped).map(({ name }) => name);
		const states = [...new Set(connectors.map(({ state }) => state))];
		return {
			change: running.length > 0 ? { stop: running, resume: [] } : null,
			summary: {
				what: list(connectors.map(({ name }) => name)) || `mirror ${move.from} → ${move.to}`,
				now: states.join(', ') || 'absent',
				after: 'STOPPED',
				undo: 'resume',
				commands: [
					...running.map((name) => curl('PUT', connectUrl(move.to, name, 'stop'))),
					...running.map((name) => untilStopped(move.to, name)),
				],
			},
		};
	},
	async apply({ stop, resume }, io, ctx) {
		// All at once: a worker that is busy noticing a death answers each call late (5.1 s for two in a row, measured).
		await Promise.all(stop.map((name) => io.to.mirror.stop(name)));
		await ctx.assertHeld?.();
		await Promise.all(resume.map((name) => io.to.mirror.resume(name)));
		if (stop.length > 0) ctx.progress('waiting for the tasks to end');
		return [];
	},
	verify: ({ connectors }, _change, _params, ctx) => connectors.map((connector) => stopped(connector, ctx.fromAlive)),
	undo: { of: ({ stop, resume }) => ({ stop: resume, resume: stop }) },
});

const connectorsThere = (
	roles: readonly LinkConnector['role'][],
	connectors: readonly LinkConnector[],
	{ from, to }: Move,
): Check[] => roles.map((wanted) => connectorThere(wanted, connectors, `${wanted} connector ${from} → ${to}`));

/** Blocks while there is no such source connector; a mirror may do without the other two. `what`: for what it is needed. */
export function connectorThere(
	wanted: LinkConnector['role'],
	connectors: readonly LinkConnector[],
	what: string,
): Check {
	const found = connectors.filter((connector) => connector.role === wanted);
	return blockUnless(found.length > 0 || wanted !== 'source', {
		code: 'KDR_CONNECTOR_MISSING',
		what,
		observed: list(found.map(({ name }) => name)) || 'none',
		wanted: 'at least one',
		hint: 'kdr mirror status shows what Connect has',
	});
}

/** Blocks while a source connector of `route` runs or is about to: with the other direction running too, records would circle. */
export function noSourceRuns(connectors: readonly LinkConnector[], route: string): Check {
	const running = connectors.filter((connector) => connector.role === 'source' && notStopped(connector));
	return blockUnless(running.length === 0, {
		code: 'KDR_MIRROR_BOTH_DIRECTIONS',
		what: `source connectors ${route}`,
		observed: running.length === 0 ? 'none runs' : list(running.map(({ name, state }) => `${name} is ${state}`)),
		wanted: 'none runs: records would circle',
		hint: 'stop it in Connect, and find out who or what resumed it; then resume the run',
	});
}

/**
 * No tasks is what ends the copying. The connector's state follows; with a source that is gone it can stay RUNNING for a
 * minute (its admin client waits), so only a live source must also show STOPPED.
 */
export function stopped({ name, state, tasks }: LinkConnector, fromAlive: boolean): Check {
	const settled = tasks.length === 0 && (state === 'STOPPED' || !fromAlive);
	return blockUnless(settled, {
		code: 'mirror-stopped',
		what: name,
		observed: `${state}, ${count(tasks.length, 'task')}`,
		wanted: 'STOPPED, no tasks',
	});
}
