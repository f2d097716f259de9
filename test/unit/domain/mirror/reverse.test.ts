import { expect, it } from 'vitest';
import { besideAnother, reversed } from '../../../../src/domain/mirror/reverse.ts';

const sides = { source: 'east', target: 'west' };
const forward = {
	name: 'east-to-west-source',
	'connector.class': 'org.apache.kafka.connect.mirror.MirrorSourceConnector',
	'source.cluster.alias': 'east',
	'target.cluster.alias': 'west',
	'source.cluster.bootstrap.servers': 'east:9092',
	'target.cluster.bootstrap.servers': 'west:9092',
	'source.cluster.sasl.jaas.config': 'secret of east',
	'source.consumer.isolation.level': 'read_committed',
	'source.consumer.ssl.truststore.location': '/east.jks',
	'target.producer.linger.ms': '5',
	'offset-syncs.topic.location': 'target',
	topics: 'orders',
};

it('the way back reads as the way forth does: without read_committed it would copy aborted records', () => {
	const back = reversed(forward, 'west-to-east-source', sides);
	expect(back['source.consumer.isolation.level']).toBe('read_committed');
	expect(back['target.producer.linger.ms']).toBe('5');
	expect(back['offset-syncs.topic.location']).toBe('target');
	expect(back.topics).toBe('orders');
});

it('addresses, credentials and aliases change sides', () => {
	const back = reversed(forward, 'west-to-east-source', sides);
	expect(back).toMatchObject({
		name: 'west-to-east-source',
		'source.cluster.alias': 'west',
		'target.cluster.alias': 'east',
		'source.cluster.bootstrap.servers': 'west:9092',
		'target.cluster.bootstrap.servers': 'east:9092',
		'target.cluster.sasl.jaas.config': 'secret of east',
		'target.consumer.ssl.truststore.location': '/east.jks',
	});
	expect(back).not.toHaveProperty('source.consumer.ssl.truststore.location');
});

it('the way back never syncs ACLs: it would copy the denials of a move to the side that is being opened', () => {
	expect(reversed({ ...forward, 'sync.topic.acls.enabled': 'true' }, 'back', sides)['sync.topic.acls.enabled']).toBe(
		'false',
	);
});

it('on workers beside another cluster all it writes goes by a producer of its own, to its target', () => {
	const back = besideAnother({ ...reversed(forward, 'back', sides), 'target.producer.security.protocol': 'SSL' });
	expect(back).toMatchObject({
		'producer.override.bootstrap.servers': 'east:9092',
		'producer.override.sasl.jaas.config': 'secret of east',
		'producer.override.security.protocol': 'SSL',
	});
	expect(Object.keys(back).filter((key) => key.startsWith('producer.override.'))).toHaveLength(3);
});

it('turned back onto workers of its own, it writes by theirs again', () => {
	const hosted = besideAnother(reversed({ ...forward, 'producer.override.linger.ms': '9' }, 'back', sides));
	const home = reversed(hosted, 'forth', { source: 'west', target: 'east' });
	expect(Object.keys(home).filter((key) => key.startsWith('producer.override.'))).toEqual([
		'producer.override.linger.ms',
	]);
	expect(home['target.cluster.bootstrap.servers']).toBe('west:9092');
});

it('reversed twice a connector is as it was, except its name and the ACL sync', () => {
	const { 'sync.topic.acls.enabled': _, ...twice } = reversed(reversed(forward, 'back', sides), forward.name, sides);
	expect(twice).toEqual(forward);
});

it('a connector without target.cluster.alias (MirrorMaker 2 says "target") is reversed to one that names both clusters', () => {
	const { 'target.cluster.alias': _, ...plain } = forward;
	expect(reversed(plain, 'back', sides)).toMatchObject({
		'source.cluster.alias': 'west',
		'target.cluster.alias': 'east',
	});
});
