import type { LinkConfig } from '../domain/config/link.ts';
import { ifUnreadable } from '../domain/errors/kdr-error.ts';
import { type MirrorNames, mirrorNames } from '../domain/offsets/mirror-maker.ts';
import type { Side } from '../ports/world.ts';
import { connectorsOf, type LinkConnector } from './connectors.ts';

/** Names of the topics of a direction, made of what its connectors call the clusters; where none is there to ask, of kdr.yaml's aliases. */
export function namesBy(
	connectors: readonly LinkConnector[] | null,
	{ mirror }: LinkConfig,
	source: string,
	target: string,
): MirrorNames {
	const called = (role: LinkConnector['role']) => connectors?.find((connector) => connector.role === role)?.aliases;
	const inYaml = { source, target };
	const [ofSource, ofCheckpoint] = [called('source'), called('checkpoint')];
	const syncs = ofSource ?? ofCheckpoint ?? inYaml;
	const checkpoints = ofCheckpoint ?? ofSource ?? inYaml;
	return {
		...mirrorNames(mirror, syncs.source, syncs.target),
		checkpoints: mirrorNames(mirror, checkpoints.source, checkpoints.target).checkpoints,
	};
}

export const observeNames = async (target: Side, source: Side, link: LinkConfig): Promise<MirrorNames> =>
	namesBy(await connectorsOf(target, source, link).catch(ifUnreadable(null)), link, source.alias, target.alias);
