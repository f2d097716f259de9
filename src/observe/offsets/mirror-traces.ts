import type { LinkConfig } from '../../domain/config/link.ts';
import { ifUnreadable, unlessBug } from '../../domain/errors/kdr-error.ts';

import type { MirrorNames } from '../../domain/offsets/mirror-maker.ts';
import { foldSyncs, type SyncTable } from '../../domain/offsets/syncs.ts';
import type { ReadOptions } from '../../ports/records.ts';
import type { Side } from '../../ports/world.ts';
import { connectorsOf, type LinkConnector, readsCommitted, writeMarkers } from '../connectors.ts';
import { namesBy } from '../mirror-names.ts';
import type { MoveContext, Sides } from './context.ts';

/** The mirror of one direction: its settings, its syncs, its positions. */
export interface MirrorTraces {
	/** Raw offset-syncs; null: none that could be read and trusted, `why` says so. */
	syncs: SyncTable | null;
	why: string | null;
	/** Syncs of the opposite direction, upstream on the cluster we move to: for groups from before the last cut. */
	home: SyncTable | null;
	/** How the mirror reads its source: with `uncommitted` it copies aborted records too. */
	isolation: ReadOptions['isolation'];
	/** False: no task of the mirror runs any more. */
	moving: boolean;
	/** The connector demands exactly-once, so the target holds transaction markers. */
	exactlyOnce: boolean;
	/** The target may hold transaction markers. */
	markers: boolean;
}

/**
 * Reads what MirrorMaker 2 left of one direction: its whole offset-syncs topic once for all partitions, from the target or from the source
 * (`offset-syncs.topic.location`), and whether it still runs.
 */
export async function observeTraces(io: Sides, ctx: MoveContext): Promise<MirrorTraces> {
	const { from, to } = io;
	const [mine, theirs] = await Promise.all([
		sourceConnectors(to, from, ctx.link),
		ctx.fromAlive ? sourceConnectors(from, to, ctx.link) : null,
	]);
	const moving = mine === null || mine.some(({ tasks }) => tasks.length > 0);
	// Both directions are set up the same way; what one does not tell, the other may.
	const location = locationOf(mine) ?? locationOf(theirs) ?? 'target';
	const opposite = locationOf(theirs) ?? location;
	const [found, home, written] = await Promise.all([
		readSyncs(io, ctx, namesBy(mine, ctx.link, from.alias, to.alias), location),
		readOpposite(io, ctx, opposite, namesBy(theirs, ctx.link, to.alias, from.alias)),
		writeMarkers(to, mine ?? []),
	]);
	// Both directions write to one topic when one keeps its syncs on its source and the other on its target.
	const mixed = theirs !== null && theirs.length > 0 && mine !== null && mine.length > 0 && opposite !== location;
	return {
		syncs: mixed ? null : found.syncs,
		why: mixed ? 'both directions keep their syncs in one topic' : found.why,
		home: mixed ? null : home,
		isolation: mine?.length && !mine.every(readsCommitted) ? 'uncommitted' : 'committed',
		moving,
		exactlyOnce: written === 'yes',
		markers: written !== 'no',
	};
}

async function sourceConnectors(target: Side, source: Side, link: LinkConfig): Promise<LinkConnector[] | null> {
	const all = await connectorsOf(target, source, link).catch(ifUnreadable(null));
	return all?.filter(({ role }) => role === 'source') ?? null;
}

/** MirrorMaker 2's default is the source; null: no connector says. */
function locationOf(connectors: LinkConnector[] | null): 'source' | 'target' | null {
	if (!connectors?.[0]) return null;
	return connectors[0].config['offset-syncs.topic.location'] === 'target' ? 'target' : 'source';
}

/** Syncs of the mirror from the cluster we move to: on its target, which is the one we leave, or on its source. */
async function readOpposite(
	{ from, to }: Sides,
	ctx: MoveContext,
	location: 'source' | 'target',
	{ syncs }: MirrorNames,
): Promise<SyncTable | null> {
	if (location === 'source') return read(to, syncs.source);
	return ctx.fromAlive ? read(from, syncs.target) : null;
}

async function readSyncs(
	{ from, to }: Sides,
	{ fromAlive }: MoveContext,
	{ syncs }: MirrorNames,
	location: 'source' | 'target',
): Promise<Pick<MirrorTraces, 'syncs' | 'why'>> {
	if (location === 'source' && !fromAlive)
		return { syncs: null, why: `the offset syncs are on ${from.alias}, which does not answer` };
	const [side, topic] = location === 'target' ? [to, syncs.target] : [from, syncs.source];
	const table = await read(side, topic);
	return { syncs: table, why: table ? null : `${topic} on ${side.alias} was not readable` };
}

/** null when it is not there or cannot be read to its end: then nothing is taken from it. */
async function read(side: Side, topic: string): Promise<SyncTable | null> {
	const at = { topic, partition: 0 };
	try {
		const edge = (await side.records.edges([at])).get(at);
		if (!edge?.ok) return null;
		return await foldSyncs(
			side.records.read(at, edge.value.logStart, edge.value.lastStable, { isolation: 'committed' }),
		);
	} catch (thrown) {
		unlessBug(thrown);
		return null;
	}
}
