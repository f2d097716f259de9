import { z } from 'zod';
import { type Check, warnIf } from '../../domain/check.ts';
import { ifUnreadable } from '../../domain/errors/kdr-error.ts';
import { count, list } from '../../domain/text.ts';
import { connectorsOf, type LinkConnector } from '../../observe/connectors.ts';
import { scopeTopics } from '../../observe/scope.ts';
import type { AclBinding } from '../../ports/acls.ts';
import { connectorConfigs, describeTopics, listAcls } from '../by-hand.ts';

import { gateKind } from '../kind.ts';

const params = z.object({});

interface Facts {
	/** Source connectors of the way back, or those it would be made from. */
	sources: LinkConnector[];
	/** The connectors of the way back exist: they keep their own settings. */
	exists: boolean;
	/** Denials on topics of the link that MirrorMaker 2 would copy; null when they cannot be read. */
	denials: AclBinding[] | null;
	/** Settings of topics that only the cluster mirrored into has, or has otherwise. */
	differing: string[];
}

/** MirrorConnectorConfig: `config.properties.exclude` by default; never synced. */
const neverSynced = [
	'follower.replication.throttled.replicas',
	'leader.replication.throttled.replicas',
	'message.timestamp.difference.max.ms',
	'message.timestamp.type',
	'unclean.leader.election.enable',
	'min.insync.replicas',
];

/** Tells what the mirror of the way back would carry besides records: denials of one side to the other, and settings of topics. */
export const mirrorSettings = gateKind<z.infer<typeof params>, Facts>({
	type: 'gate',
	kind: 'mirror-settings',
	purpose: 'check which ACLs and settings the mirror of the way back would copy',
	report: { phase: 'checks' },
	params,
	async observe(_params, io, { link }) {
		const [forward, reverse, active, denied] = await Promise.all([
			connectorsOf(io.to, io.from, link),
			connectorsOf(io.from, io.to, link),
			scopeTopics(io.to, link),
			io.to.acls.list().catch(ifUnreadable(null)),
		]);
		const exists = reverse.some(({ role }) => role === 'source');
		const names = active.map(({ name }) => name);
		const [there, here] = await Promise.all([io.to.cluster.settings(names), io.from.cluster.settings(names)]);
		const sources = (exists ? reverse : forward).filter(({ role }) => role === 'source');
		const denials = denied?.filter(
			(acl) => acl.resourceType === 'topic' && acl.patternType === 'literal' && acl.permission === 'deny',
		);
		return {
			...{ sources, exists, differing: names.flatMap((name) => differences(name, there.get(name), here.get(name))) },
			denials: denials?.filter(({ resourceName }) => resourceName === '*' || names.includes(resourceName)) ?? null,
		};
	},
	check: (facts, _params, { move }) => [aclSync(facts, move.to), settingsSync(facts, move)],
	summary: ({ sources, exists }, _params, { move }) => ({
		what: `mirror ${move.to} → ${move.from}`,
		now: exists ? list(sources.map(({ name }) => name)) : 'to be made',
		after: 'checked',
		undo: '-',
	}),
	byHand: (_params, { link, move }) => ({
		commands: [
			connectorConfigs(move.from),
			connectorConfigs(move.to),
			listAcls(move.to),
			describeTopics(move.to, link),
			describeTopics(move.from, link),
		],
		see: `the source connector ${move.to} → ${move.from} has sync.topic.acls.enabled=false; settings of topics (Configs) are the same on both sides`,
	}),
	waitMs: () => 0,
});

const syncs = ({ config }: LinkConnector, what: 'acls' | 'configs'): boolean =>
	config[`sync.topic.${what}.enabled`] !== 'false';

/** kdr's own denials are PREFIXED, which are not copied. Those it makes have the sync off. */
function aclSync({ sources, exists, denials }: Facts, active: string): Check {
	const on = exists ? sources.filter((source) => syncs(source, 'acls')).map(({ name }) => name) : [];
	const copied =
		denials === null
			? 'unknown denials'
			: denials.length > 0
				? count(denials.length, 'literal denial')
				: 'no denial now';
	return {
		code: 'mirror-copies-acls',
		status: on.length === 0 ? 'pass' : denials?.length === 0 ? 'warn' : 'block',
		what: 'ACLs the mirror of the way back copies',
		observed: on.length === 0 ? 'none: its ACL sync is off' : `${list(on)} copies ACLs; ${copied} on ${active}`,
		wanted: 'none: denials of one side would shut out applications on the other',
		hint: 'sync.topic.acls.enabled=false on the connector',
	};
}

function settingsSync({ sources, differing }: Facts, { from, to }: { from: string; to: string }): Check {
	const on = sources.some((source) => syncs(source, 'configs'));
	return warnIf(on && differing.length > 0, {
		code: 'mirror-copies-settings',
		what: `settings of topics on ${from} that become as on ${to}`,
		observed: on ? list(differing) || 'none: they are the same' : 'none: its settings sync is off',
		wanted: 'none',
		hint: 'set them to the same values, or sync.topic.configs.enabled=false on the connector',
	});
}

function differences(topic: string, there: Record<string, string> = {}, here: Record<string, string> = {}): string[] {
	const names = new Set([...Object.keys(there), ...Object.keys(here)]);
	return [...names]
		.filter((name) => !neverSynced.includes(name) && there[name] !== here[name])
		.map((name) => `${topic} ${name} ${here[name] ?? 'inherited'} → ${there[name] ?? 'inherited'}`);
}
