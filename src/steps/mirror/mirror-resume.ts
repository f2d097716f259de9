import { z } from 'zod';
import { blockUnless, type Check } from '../../domain/check.ts';
import { direction, namesOfRole } from '../../domain/config/link.ts';
import { connectUrl, curl } from '../../domain/runbook/shell.ts';
import { count } from '../../domain/text.ts';
import { connectorsOf, type LinkConnector } from '../../observe/connectors.ts';
import { changeKind } from '../kind.ts';
import { connectorThere, noSourceRuns, stopped } from './mirror-stop.ts';

const params = z.object({});
const change = z.object({ resume: z.array(z.string()), stop: z.array(z.string()) });

interface Facts {
	forward: LinkConnector[];
	reverse: LinkConnector[];
}

/** Starts the mirror of the way back; refused while one of the old direction runs. */
export const mirrorResume = changeKind<z.infer<typeof params>, Facts, z.infer<typeof change>>({
	type: 'change',
	kind: 'mirror-resume',
	purpose: 'start the mirror of the way back',
	report: { phase: 'reverse mirror' },
	params,
	change,
	grants: () => [],
	settleMs: 60_000,
	async observe(_params, io, { link }) {
		const [forward, reverse] = await Promise.all([
			connectorsOf(io.to, io.from, link),
			connectorsOf(io.from, io.to, link),
		]);
		return { forward, reverse };
	},
	checkPlan: () => [],
	check: ({ forward }, _params, { move }) => [noSourceRuns(forward, `${move.from} → ${move.to}`)],
	plan({ forward, reverse }, _params, { move, link, preview }) {
		const resume = reverse.filter(({ state }) => state !== 'RUNNING').map(({ name }) => name);
		// Before the run the connectors may not be there yet: those that will be made are named.
		const names = link.mirror.connectors[direction(move.to, move.from)];
		const roles = new Set(forward.map(({ role }) => role));
		const named = [...roles].flatMap((role) =>
			reverse.some((one) => one.role === role) ? [] : namesOfRole(names, role),
		);
		const created = preview ? named : [];
		const resumed = [...resume, ...created];
		return {
			change: resume.length > 0 || reverse.length === 0 ? { resume, stop: [] } : null,
			summary: {
				what: `mirror ${move.to} → ${move.from}`,
				now: reverse.length === 0 ? 'absent' : [...new Set(reverse.map(({ state }) => state))].join(', '),
				after: 'RUNNING',
				undo: 'stop',
				commands: resumed.map((name) => curl('PUT', connectUrl(move.from, name, 'resume'))),
			},
		};
	},
	async apply({ resume, stop }, io) {
		await Promise.all(stop.map((name) => io.from.mirror.stop(name)));
		await Promise.all(resume.map((name) => io.from.mirror.resume(name)));
		return [];
	},
	verify: ({ reverse }, _change, _params, { move }) => [
		connectorThere('source', reverse, `source connector ${move.to} → ${move.from}`),
		...reverse.map(runs),
	],
	undo: {
		of: ({ resume, stop }) => ({ resume: stop, stop: resume }),
		// One that is gone does not run either.
		undone: ({ reverse }, { stop }) =>
			reverse.filter(({ name }) => stop.includes(name)).map((connector) => stopped(connector, true)),
	},
});

function runs({ name, role, state, tasks }: LinkConnector): Check {
	const bad = tasks.filter((task) => task.state !== 'RUNNING');
	// Heartbeat and checkpoint connectors may rightly have no task yet (no group, for instance); the source must.
	const ok = state === 'RUNNING' && bad.length === 0 && (role !== 'source' || tasks.length > 0);
	return blockUnless(ok, {
		code: 'mirror-running',
		what: name,
		observed: `${state}, ${count(tasks.length, 'task')}${bad[0] ? `, task ${bad[0].id} ${bad[0].state}` : ''}`,
		wanted: 'RUNNING',
	});
}
