import { expect, test } from 'vitest';
import { namedBy, roleOf, routeOf } from '../../../../src/domain/mirror/identity.ts';
import { link } from '../../../support/estate.ts';

const places = [
	{ alias: 'east', addresses: new Set(['b1.east:9092', 'b2.east:9092']) },
	{ alias: 'west', addresses: new Set(['b1.west:9092']) },
];

test.each([
	['org.apache.kafka.connect.mirror.MirrorSourceConnector', 'source'],
	['MirrorSourceConnector', 'source'],
	['MirrorSource', 'source'],
	[' MirrorCheckpoint ', 'checkpoint'],
	['com.example.mirror.AuditedMirrorSourceConnector', 'source'],
	['com.example.Outer$MirrorHeartbeatConnector', 'heartbeat'],
	['org.apache.kafka.connect.file.FileStreamSource', null],
	['com.example.mirror.Reader', null],
])('class %s is a %s connector: one that is not recognised would copy on unseen', (name, role) => {
	expect(roleOf({ 'connector.class': name })).toBe(role);
});

test.each<[string, Record<string, string>, string | null, string | null]>([
	['no alias of the target, as most write it', { 'source.cluster.alias': 'east' }, 'east', 'west'],
	[
		'other aliases, known addresses',
		{
			'source.cluster.alias': 'primary',
			'target.cluster.alias': 'backup',
			'source.cluster.bootstrap.servers': 'x:1, B2.east:9092',
		},
		'east',
		'west',
	],
	[
		'an alias that says other than the address',
		{ 'source.cluster.alias': 'east', 'source.cluster.bootstrap.servers': 'b1.west:9092' },
		'west',
		'west',
	],
	[
		'an address of its own for reading',
		{ 'source.consumer.bootstrap.servers': 'b1.west:9092', 'source.cluster.bootstrap.servers': 'b1.east:9092' },
		'west',
		'west',
	],
	[
		'a producer of its own: the worker is not beside the target',
		{ 'source.cluster.alias': 'west', 'producer.override.bootstrap.servers': 'b1.east:9092' },
		'west',
		'east',
	],
	['a third cluster', { 'source.cluster.alias': 'north', 'source.cluster.bootstrap.servers': 'n:9092' }, null, 'west'],
	[
		'addresses in a file',
		{ 'source.cluster.alias': 'east', 'source.cluster.bootstrap.servers': '$' + '{file:/x:b}' },
		'east',
		'west',
	],
])('%s: a connector is placed by where it reads and writes', (_case, config, source, target) => {
	expect(routeOf(config, places, 'west')).toEqual({ source, target });
});

test('kdr.yaml gives role and direction by the name', () => {
	expect(namedBy(link, 'west-to-east-checkpoint')).toEqual({
		role: 'checkpoint',
		route: { source: 'west', target: 'east' },
	});
	expect(namedBy(link, 'else')).toBeNull();
});
