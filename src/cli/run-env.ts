import { otherSide } from '../domain/config/link.ts';
import { KdrError } from '../domain/errors/kdr-error.ts';
import type { Move } from '../domain/run/events.ts';
import type { EngineEnv } from '../engine/env.ts';
import type { World } from '../ports/world.ts';
import { askGrants, registry } from '../steps/registry.ts';
import type { RunListener } from '../ui/listener.ts';
import { type Asking, askApproval, askConsent } from './asking.ts';
import type { OpenLink } from './compose.ts';
import { isGone, operator } from './operator.ts';

interface Surroundings {
	world: World;
	opened: OpenLink;
	move: Move;
	fromAlive: boolean;
	listener: RunListener;
	asking: Asking;
}

/** All the engine is given, over the world as composed. */
export function engineEnv({ world, opened, move, fromAlive, listener, asking }: Surroundings): EngineEnv {
	const [from, to] = [world.side(move.from), world.side(move.to)];
	return {
		io: { world, from, to },
		link: opened.link,
		registry,
		journal: to.journal,
		...(fromAlive && { otherJournal: { journal: from.journal, needed: move.mode !== 'failover' } }),
		clock: world.clock,
		listener: (event) => listener.hear(event),
		consent: (request) => askConsent(request, asking),
		approve: (request) => askApproval(request, asking),
		signal: asking.signal,
		grants: ({ steps }) => askGrants({ mode: move.mode, steps }, { world, from, to }, { link: opened.link, fromAlive }),
		operator: operator(),
		fromAlive,
		isGone,
	};
}

/** @throws KDR_LINK_UNKNOWN */
export function moveOf({ link }: OpenLink, to: string, mode: Move['mode']): Move {
	if (!link.clusters.includes(to)) {
		throw new KdrError('KDR_LINK_UNKNOWN', `link ${link.name} has no cluster ${to}`, {
			hint: `--to ${link.clusters.join(' or --to ')}`,
		});
	}
	return { link: link.name, from: otherSide(link, to), to, mode };
}
