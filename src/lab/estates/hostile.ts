import { labTopics } from '../estate.ts';
import { home } from './home.ts';
import type { Connectors, Estate } from './shape.ts';

/** A topic that MirrorMaker 2 copies although its name looks internal. */
const audit = { name: 'audit.internal', partitions: 2, config: {} };

/** What MirrorMaker 2 leaves out by default, and what must never be mirrored: Connect's own topics, and the other team's. */
const excluded = 'mm2.*\\.internal,.*\\.replica,__.*,connect-.*,.*heartbeats,.*checkpoints\\.internal,warehouse\\..*';

/** As much as can live in one lab: each of these is somebody's ordinary estate. */
export const hostile: Estate = {
	...home,
	name: 'hostile',
	summary: 'as much as can be odd at once',
	odd: [
		'The source connector mirrors ".*", kdr-journal.internal and the topic of another team included.',
		'A second source connector in the same direction belongs to another team.',
		'Offset syncs are on the source, where MirrorMaker 2 puts them by default; a dead source takes them along.',
		'No connector says target.cluster.alias.',
		'payments has append time on west: timestamps there say when a record was mirrored.',
		'audit.internal is a topic of the link.',
		'Another team has topics, ACLs, a group with members on east and groups with odd names; the group ids of the Connect ' +
			'workers have blanks, quotes and umlauts.',
		'East has three brokers, west one.',
		'The record has a TTL of 60 s; beside it are a weighted record and an AAAA record of another team.',
		'Connect speaks http: kdr.yaml has no place yet for a private CA of Connect.',
	],
	brokers: { east: 3, west: 1 },
	topics: [...labTopics, audit],
	standbyTopics: [{ name: 'payments', partitions: 3, config: { 'message.timestamp.type': 'LogAppendTime' } }],
	ttl: 60,
	records: [
		{ name: 'warehouse.kafka.lab.', type: 'A', ttl: 60, setIdentifier: 'blue', weight: 100, values: ['127.0.0.1'] },
		{ name: 'warehouse.kafka.lab.', type: 'A', ttl: 60, setIdentifier: 'green', weight: 0, values: ['127.0.0.2'] },
		{ name: 'warehouse.kafka.lab.', type: 'AAAA', ttl: 60, values: ['::1'] },
	],
	otherTeam: true,
	traffic: {
		producers: [
			{
				kind: 'plain',
				client: 'audit',
				topic: audit.name,
				partitions: audit.partitions,
				rate: 20,
				keys: 10,
				tombstones: 0,
			},
		],
		groups: [{ kind: 'kafkajs', group: 'app-audit', topics: [audit.name], members: 1, pace: 0 }],
	},
	worker: (alias) => ({ 'group.id': `Plattform "Übertragung" ${alias}` }),
	mirror,
	permissions: [
		{
			user: 'mm2',
			resourceType: 'topic',
			resourceName: '*',
			patternType: 'literal',
			operations: ['read', 'write', 'create', 'alter', 'alter-configs', 'describe-configs'],
			why: 'mirror every topic there is',
		},
		{
			user: 'tenant',
			resourceType: 'topic',
			resourceName: 'warehouse.',
			patternType: 'prefixed',
			operations: ['read', 'write'],
			why: "the other team's topics",
		},
		{
			user: 'tenant',
			resourceType: 'topic',
			resourceName: 'inventory',
			patternType: 'literal',
			operations: ['read', 'write'],
			why: "the other team's topic that the mirror takes along",
		},
		{
			user: 'tenant',
			resourceType: 'group',
			resourceName: 'warehouse',
			patternType: 'prefixed',
			operations: ['read'],
			why: "the other team's groups",
		},
	],
};

function mirror(connectors: Connectors): Connectors {
	const odd = Object.entries(connectors).map(([name, config]): [string, Record<string, string>] => {
		const { 'target.cluster.alias': _, ...rest } = config;
		const wide = name.endsWith('-source') ? { topics: '.*', 'topics.exclude': excluded } : {};
		return [name, { ...rest, 'offset-syncs.topic.location': 'source', ...wide }];
	});
	const second = odd
		.filter(([name]) => name.endsWith('-source'))
		.map(([name, { 'topics.exclude': _, ...rest }]) => [`${name}-warehouse`, { ...rest, topics: 'warehouse\\..*' }]);
	return Object.fromEntries([...odd, ...second]);
}
