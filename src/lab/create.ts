import { randomBytes, randomUUID } from 'node:crypto';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { brokerHost, connectHost, dnsHosts, ports } from './addresses.ts';
import { connectSecrets } from './connect-config.ts';
import type { EstateName, LabAlias, LabProcess, LabSide, LabState } from './estate.ts';
import { labUsers } from './estate.ts';
import { estateOf } from './estates/index.ts';
import { log4jConfig, oldLog4jConfig } from './kafka-config.ts';
import { kdrYaml } from './kdr-yaml.ts';
import { jarsHome } from './paths.ts';
import { mainRelease } from './releases.ts';
import { password, writeState } from './state.ts';

export interface NewLab {
	name: string;
	index: number;
	dir: string;
	estate: EstateName;
	brokers: Readonly<Record<LabAlias, number>>;
}

/** Everything of a lab before its first process: state, secrets, kdr.yaml. The directory exists already. */
export async function createFiles(lab: NewLab): Promise<LabState> {
	const state = newState(lab);
	await writeState(state);
	for (const folder of ['logs', 'secrets', 'dns', 'connect', 'connect/secrets'])
		await mkdir(join(lab.dir, folder), { mode: 0o700 });
	for (const user of labUsers) {
		const secret = password();
		await writeSecret(join(lab.dir, 'secrets', user), secret);
		if (user === 'mm2') await writeSecret(join(connectSecrets(lab.dir), user), secret);
	}
	await writeSecret(join(lab.dir, 'secrets', 'route53'), password());
	await writeFile(join(lab.dir, 'log4j2.yaml'), log4jConfig);
	await writeFile(join(lab.dir, 'log4j.properties'), oldLog4jConfig);
	await writeFile(join(lab.dir, 'kdr.yaml'), kdrYaml(state), { mode: 0o600 });
	return state;
}

/** Without a line end: Connect's DirectoryConfigProvider takes the whole file as the value. */
async function writeSecret(file: string, value: string): Promise<void> {
	await writeFile(file, value, { mode: 0o600, flag: 'wx' });
}

const notStarted = (dir: string, name: string): LabProcess => ({
	pid: 0,
	startedAt: '',
	log: join(dir, 'logs', `${name}.log`),
});

/** Kafka's Uuid text form: 16 bytes in URL-safe base64. */
const clusterId = (): string => Buffer.from(randomUUID().replaceAll('-', ''), 'hex').toString('base64url');

function newState({ name, estate, index, dir, brokers }: NewLab): LabState {
	const [first, second] = dnsHosts(index);
	const { release, connect, ttl } = estateOf({ estate });
	return {
		v: 1,
		name,
		estate,
		index,
		dir,
		kafkaVersion: release,
		jars: jarsHome(release),
		connectJars: jarsHome(connect),
		clientJars: jarsHome(mainRelease),
		createdAt: new Date().toISOString(),
		complete: false,
		sides: {
			east: newSide('east', { index, dir, estate, brokers: brokers.east }),
			west: newSide('west', { index, dir, estate, brokers: brokers.west }),
		},
		dns: {
			process: notStarted(dir, 'dns'),
			route53Url: `http://${first}:${ports.route53}`,
			host: first,
			port: ports.dns,
			servers: [`${first}:${ports.dns}`, `${second}:${ports.dns}`],
			zoneId: `Z${randomBytes(8).toString('hex').toUpperCase()}`,
			name: 'bootstrap.kafka.lab.',
			ttl,
		},
		others: [],
	};
}

interface NewSide {
	index: number;
	dir: string;
	estate: EstateName;
	brokers: number;
}

function newSide(alias: LabAlias, { index, dir, estate, brokers }: NewSide): LabSide {
	const { zookeeper } = estateOf({ estate });
	return {
		alias,
		clusterId: zookeeper ? '' : clusterId(),
		brokers: Array.from({ length: brokers }, (_, i) => i + 1).map((id) => ({
			id,
			host: brokerHost(index, alias, id),
			port: ports.client,
			process: notStarted(dir, `${alias}-broker-${id}`),
		})),
		connect: {
			url: `http://${connectHost(index, alias)}:${ports.connect}`,
			process: notStarted(dir, `${alias}-connect`),
		},
		...(zookeeper
			? {
					zookeeper: {
						host: brokerHost(index, alias, 1),
						port: ports.zookeeper,
						process: notStarted(dir, `${alias}-zookeeper`),
					},
				}
			: {}),
	};
}
