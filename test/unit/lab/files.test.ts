import { mkdirSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { connectors, workerProperties } from '../../../src/lab/connect-config.ts';
import { createFiles } from '../../../src/lab/create.ts';
import type { LabState } from '../../../src/lab/estate.ts';
import { pom } from '../../../src/lab/jars.ts';
import { brokerProperties, jvm } from '../../../src/lab/kafka-config.ts';
import { labDir } from '../../../src/lab/paths.ts';
import { artifactsOf } from '../../../src/lab/releases.ts';
import { temporaryFolder } from '../../support/clean-up.ts';

describe('files of a lab', () => {
	let dir: string;
	let state: LabState;
	const passwords = { admin: 'pa', mm2: 'pm', kdr: 'pk', app: 'pp', tenant: 'pt' };

	beforeEach(async () => {
		dir = join(temporaryFolder('files'), 'lab');
		mkdirSync(dir);
		state = await createFiles({
			name: 'lab',
			estate: 'home',
			index: 2,
			dir,
			brokers: { east: 1, west: 1 },
		});
	});
	afterEach(() => rmSync(join(dir, '..'), { recursive: true }));

	it('secrets are random, readable by their owner alone, and in no other file', () => {
		const users = readdirSync(join(dir, 'secrets'));
		expect(users.sort()).toEqual(['admin', 'app', 'kdr', 'mm2', 'route53', 'tenant']);
		const secrets = users.map((user) => readFileSync(join(dir, 'secrets', user), 'utf8'));
		expect(new Set(secrets).size).toBe(users.length);
		for (const user of users) expect(statSync(join(dir, 'secrets', user)).mode & 0o777).toBe(0o600);
		for (const file of ['kdr.yaml', 'lab.json']) {
			const text = readFileSync(join(dir, file), 'utf8');
			expect(secrets.filter((secret) => text.includes(secret))).toEqual([]);
		}
	});

	it('Connect gets the password of mm2 and of nobody else', () => {
		expect(readdirSync(join(dir, 'connect', 'secrets'))).toEqual(['mm2']);
		const all = [workerProperties(state, 'west'), ...Object.values(connectors(state, 'east', 'west'))];
		const logins = all.flatMap((config) => Object.entries(config).filter(([key]) => key.endsWith('sasl.jaas.config')));
		expect(logins).toHaveLength(4 + 3 * 2);
		for (const [, login] of logins) expect(login).toContain(`password="\${dir:${dir}/connect/secrets:mm2}"`);
	});

	it('kdr.yaml names both clusters, both directions and the record of both sides', () => {
		const yaml = parse(readFileSync(join(dir, 'kdr.yaml'), 'utf8'));
		expect(yaml.clusters.east.bootstrap).toEqual(['127.42.1.1:9092']);
		expect(yaml.clusters.west.sasl.password).toEqual({ file: 'secrets/kdr' });
		const { dns, mirror, objectives } = yaml.links.orders;
		expect(dns.values).toEqual({ east: ['127.42.1.1'], west: ['127.42.2.1'] });
		expect(dns.zone).toBe(state.dns.zoneId);
		expect(Object.keys(mirror.connectors)).toEqual(['east-to-west', 'west-to-east']);
		expect(objectives).toEqual({ rpo: '30s', rto: '5m' });
	});

	it('the mirror keeps names, bytes and headers as they are and copies no ACL', () => {
		const { 'east-to-west-source': source, 'east-to-west-checkpoint': checkpoint } = connectors(state, 'east', 'west');
		expect(source).toMatchObject({
			'replication.policy.class': 'org.apache.kafka.connect.mirror.IdentityReplicationPolicy',
			'header.converter': 'org.apache.kafka.connect.converters.ByteArrayConverter',
			'offset-syncs.topic.location': 'target',
			'source.consumer.isolation.level': 'read_committed',
			'sync.topic.acls.enabled': 'false',
		});
		expect(checkpoint).toMatchObject({ 'sync.group.offsets.enabled': 'true', 'offset-syncs.topic.location': 'target' });
	});

	it('brokers listen on loopback addresses only, and clients must log in', () => {
		const text = brokerProperties({ index: 2, alias: 'west', ids: [1, 2, 3], id: 3, logDir: '/data', passwords });
		const lines = new Map(
			text.split('\n').map((line) => [line.slice(0, line.indexOf('=')), line.slice(line.indexOf('=') + 1)]),
		);
		expect(lines.get('listeners')).toBe(
			'CLIENT://127.42.2.3:9092,INTERNAL://127.42.2.3:9093,CONTROLLER://127.42.2.3:9094',
		);
		expect(lines.get('listener.security.protocol.map')).toContain('CLIENT:SASL_PLAINTEXT');
		expect(lines.get('controller.quorum.voters')).toBe('1@127.42.2.1:9094,2@127.42.2.2:9094,3@127.42.2.3:9094');
		expect(lines.get('offsets.topic.replication.factor')).toBe('3');
	});

	it('the class path reaches Java unexpanded and no password is on a command line', () => {
		const args = jvm({
			jars: '/a b/jars',
			log4j: '/l.yaml',
			heapMb: 512,
			main: 'kafka.Kafka',
			args: ['/s.properties'],
		});
		expect(args.slice(args.indexOf('-cp'))).toEqual(['-cp', '/a b/jars/*', 'kafka.Kafka', '/s.properties']);
	});

	it('the pom pins every version and names no repository', () => {
		const releases = Object.keys(artifactsOf) as (keyof typeof artifactsOf)[];
		for (const release of releases) {
			expect(pom(release).match(/<version>/g)).toHaveLength(artifactsOf[release].length + 1);
			expect(pom(release)).not.toMatch(/repositor|SNAPSHOT|LATEST|\[/);
		}
	});

	it('a name that is not a plain word never becomes a path', () => {
		for (const name of ['../x', 'a/b', '', '.slices', 'A', 'x'.repeat(40)])
			expect(() => labDir(name)).toThrow('cannot be the name');
	});
});
