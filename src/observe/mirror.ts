import { exactly, unknown } from '../domain/claim.ts';
import type { LinkConfig } from '../domain/config/link.ts';
import { asKdrError } from '../domain/errors/kdr-error.ts';
import type { ConnectorView, MirrorView } from '../domain/mirror/view.ts';
import type { World } from '../ports/world.ts';
import { type LinkConnector, linkConnectors } from './connectors.ts';

/** Both directions of a link, as `kdr mirror status` tells them. */
export async function observeMirror(world: World, link: LinkConfig): Promise<MirrorView> {
	const { connectors, others, unreachable } = await linkConnectors(world, link);
	const running = connectors.filter(({ role, tasks }) => role === 'source' && tasks.length > 0);
	return {
		link: link.name,
		flows: running.map(({ source, target }) => ({ source, target })),
		connectors: await Promise.all(connectors.map((connector) => toView(world, connector))),
		others: others.map(({ name, role, source, target, state }) => ({ name, role, source, target, state })),
		unreachable,
	};
}

async function toView(
	world: World,
	{ name, role, source, target, state, tasks }: LinkConnector,
): Promise<ConnectorView> {
	const trace = tasks.find((task) => task.trace)?.trace?.split('\n')[0];
	const base = {
		name,
		role,
		source,
		target,
		state,
		tasks: { running: tasks.filter((task) => task.state === 'RUNNING').length, all: tasks.length },
		...(trace !== undefined && { trace }),
	};
	if (role !== 'source') return base;
	const positions = await world
		.side(target)
		.mirror.positions(name)
		.then((found) => exactly(found.size, 'Connect offsets'))
		.catch((thrown: unknown) => unknown<number>(asKdrError(thrown).message));
	return { ...base, partitions: positions };
}
