import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { loadConfig } from '../../../../src/adapters/yaml/config-file.ts';
import { KdrError } from '../../../../src/domain/errors/kdr-error.ts';
import { temporaryFolder } from '../../../support/clean-up.ts';

let dir = '';
beforeAll(async () => {
	dir = temporaryFolder('config');
});
afterAll(() => rm(dir, { recursive: true, force: true }));

const good = `clusters:
  east:
    bootstrap: 127.0.1.1:9092
    sasl: { mechanism: plain, username: kdr, password: { file: secrets/kdr } }
    connect: { urls: http://127.0.1.9:8083 }
  west:
    bootstrap: [127.0.2.1:9092, 127.0.2.2:9092]
    connect: { urls: [http://127.0.2.9:8083] }
links:
  orders:
    clusters: [east, west]
    topics: [orders, pay.*]
    dns:
      zone: Z1
      name: Kafka.Example.com
      values: { east: 10.1.0.10, west: [10.2.0.11, 10.2.0.10] }
    fence: { principals: [User:app] }
`;

async function load(text: string, env: Record<string, string> = {}) {
	await writeFile(join(dir, 'kdr.yaml'), text);
	return await loadConfig({ env, cwd: dir });
}

async function problems(text: string, env: Record<string, string> = {}): Promise<string[]> {
	const error = await load(text, env).then(
		() => expect.fail('the file was accepted'),
		(thrown: unknown) => thrown,
	);
	if (!(error instanceof KdrError)) throw error;
	expect(error.code).toBe('KDR_CONFIG_INVALID');
	const rows = error.details.problems as { at: string; path: string; message: string }[];
	return rows.map(({ at, path, message }) => `${at}  ${path}: ${message}`);
}

test('a short file means what the long one would say', async () => {
	const { config } = await load(good);
	expect(config.clusters.east).toEqual({
		alias: 'east',
		bootstrap: ['127.0.1.1:9092'],
		sasl: { mechanism: 'plain', username: 'kdr', password: { file: join(dir, 'secrets/kdr') } },
		connect: { urls: ['http://127.0.1.9:8083'] },
	});
	const link = config.links.orders;
	expect(link?.dns).toMatchObject({
		driver: 'route53',
		name: 'kafka.example.com.',
		type: 'A',
		ttl: 30,
		region: 'us-east-1',
	});
	expect(link?.dns.values).toEqual({ east: ['10.1.0.10'], west: ['10.2.0.10', '10.2.0.11'] });
	expect(link?.groups).toEqual({ include: ['.*'], exclude: ['console-consumer-.*', 'connect-.*', '__.*'] });
	expect(link?.mirror.connectors['west-to-east']?.checkpoint).toBe('west-to-east-checkpoint');
	expect(link?.objectives).toEqual({ rpo: 30_000, rto: 300_000 });
});

test('all problems are reported at once, each with its position and what was probably meant', async () => {
	const bad = good
		.replace('east:\n    bootstrap: 127.0.1.1:9092', 'east:\n    bootstrap: nowhere')
		.replace('[east, west]', '[east, wset]')
		.replace('pay.*', '"pay("')
		.replace('zone: Z1', 'zone: Z1\n      tll: 30')
		.replace('User:app', 'app');
	expect(await problems(bad)).toEqual([
		'kdr.yaml:3:5  clusters.east.bootstrap[0]: expected host:port, e.g. east-1.example.com:9092',
		'kdr.yaml:11:22  links.orders.clusters[1]: there is no cluster wset; did you mean west?',
		'kdr.yaml:12:22  links.orders.topics[1]: not a regular expression: Unterminated group',
		'kdr.yaml:15:7  links.orders.dns.tll: unknown key; did you mean ttl?',
		'kdr.yaml:18:27  links.orders.fence.principals[0]: expected a principal such as User:app',
	]);
});

test.each([
	['(?i)orders', 'not a regular expression'],
	['ord++ers', 'not a regular expression'],
	['\\Qorders\\E', 'not a regular expression'],
	['[[:alpha:]]+', 'not a regular expression'],
	['[a-z&&[^x]]+', 'not a regular expression'],
	['[a-z&&x]+', '&& in a character class means something else in Java'],
	['orders[^]*', '[^] in a character class means something else in Java'],
])(
	'an expression that Java reads and JavaScript does not, or reads as something else, is refused when kdr.yaml is read: %s',
	async (pattern, why) => {
		expect((await problems(good.replace('pay.*', `'${pattern}'`))).join('\n')).toContain(
			`links.orders.topics[1]: ${why}`,
		);
	},
);

test('an inline password is refused, with how to do it right and without repeating it', async () => {
	const said = (await problems(good.replace('{ file: secrets/kdr }', 'hunter2'))).join('\n');
	expect(said).toContain(
		'kdr.yaml:4:46  clusters.east.sasl.password: an inline secret is refused: put it in a file and write { file:',
	);
	expect(said).not.toContain('hunter2');
	const url = (await problems(good.replace('http://127.0.1.9:8083', 'http://kdr:hunter2@127.0.1.9:8083'))).join('\n');
	expect(url).toContain('a password in a URL is refused');
	expect(url).not.toContain('hunter2');
});

test.each([
	['clusters: [east, west]', 'clusters: [east, east]', 'a link needs two different clusters'],
	['bootstrap: [127.0.2.1:9092, 127.0.2.2:9092]', 'bootstrap: 127.0.1.1:9092', 'share the address 127.0.1.1:9092'],
	['west: [10.2.0.11, 10.2.0.10]', 'west: 10.1.0.10', 'a flip would move nobody'],
	[
		'urls: [http://127.0.2.9:8083]',
		'urls: [http://127.0.2.9:8083], beside: north',
		'its mirror runs beside one of the two',
	],
	[', west: [10.2.0.11, 10.2.0.10]', '', 'what the record holds for west is missing'],
	['east: 10.1.0.10', 'east: east.example.com', 'expected an IPv4 address for a record of type A'],
	['User:app', 'User:kdr', 'User:kdr is the user kdr itself runs as'],
	['User:app', 'User:*', 'would also fence MirrorMaker 2'],
	['zone: Z1', 'zone: Z1\n      ttl: 0', 'expected whole seconds from 1 to 86400'],
	['zone: Z1', 'type: A', 'links.orders.dns.zone: missing; expected the id of the hosted zone'],
	['fence:', 'objectives: { rpo: 30 }\n    fence:', 'expected a duration such as 30s'],
	[
		'fence:',
		'mirror: { connectors: { east-to-wst: { source: a, checkpoint: b } } }\n    fence:',
		'did you mean east-to-west?',
	],
	['links:\n  orders:', 'links:\n  or/ders:', 'a name of letters'],
])('"%s" written as "%s" is refused', async (from, to, message) => {
	expect((await problems(good.replace(from, to))).join('\n')).toContain(message);
});

test('an empty file, a list and a file larger than 1 MiB are refused without a stack trace', async () => {
	expect((await problems(''))[0]).toContain('expected the keys clusters and links');
	expect((await problems('- a\n'))[0]).toContain('expected the keys clusters and links');
	expect((await problems(`# ${'x'.repeat(1_100_000)}`))[0]).toContain('larger than');
	expect(await problems('{}')).toEqual([
		'kdr.yaml:1:1  clusters: missing; expected clusters by name',
		'kdr.yaml:1:1  links: missing; expected links by name',
	]);
});

test('a variable wins over the file, whatever its case, and the origin names it', async () => {
	const env = {
		KDR_LINKS__ORDERS__OBJECTIVES__RPO: '10s',
		KDR_LINKS__orders__DNS__TTL: '60',
		KDR_CLUSTERS__EAST__SASL__PASSWORD__ENV: 'PW',
	};
	const { config, origins } = await load(good, env);
	expect(config.links.orders?.objectives.rpo).toBe(10_000);
	expect(config.links.orders?.dns.ttl).toBe(60);
	expect(config.clusters.east?.sasl?.password).toEqual({ env: 'PW' });
	expect(origins.get('links.orders.dns.ttl')).toEqual({ from: 'env', where: 'KDR_LINKS__orders__DNS__TTL' });
	expect(origins.get('clusters.east.sasl.password')).toEqual({
		from: 'env',
		where: 'KDR_CLUSTERS__EAST__SASL__PASSWORD__ENV',
	});
	expect(origins.get('links.orders.dns.zone')).toEqual({ from: 'file', where: 'kdr.yaml:14' });
	expect(origins.get('links.orders.dns.region')).toEqual({ from: 'default', where: 'built in' });
});

test.each([
	[{ KDR_LINKS__ORDERS__DNS__TLL: '60' }, 'did you mean ttl?'],
	[{ KDR_LINKS__ODERS__DNS__TTL: '60' }, 'did you mean orders?'],
	[{ KDR_LINKS__ORDERS__TOPICS: 'a' }, 'lists are set in kdr.yaml'],
	[{ KDR_LINKS__ORDERS__DNS: 'a' }, 'is not one value'],
	[{ KDR_CLUSTERS__EAST__SASL__PASSWORD: 'hunter2' }, 'is a secret'],
	[{ KDR_CONFG: 'x' }, 'did you mean KDR_CONFIG?'],
	[
		{ KDR_LINKS__ORDERS__DNS__TTL: 'soon' },
		'KDR_LINKS__ORDERS__DNS__TTL  links.orders.dns.ttl: expected whole seconds',
	],
])('a variable that means nothing is a problem with a suggestion: %o', async (env, message) => {
	const said = (await problems(good, env as Record<string, string>)).join('\n');
	expect(said).toContain(message);
	expect(said).not.toContain('hunter2');
});

test('a variable the file itself names as the place of a secret is left alone', async () => {
	const { config } = await load(good.replace('{ file: secrets/kdr }', '{ env: KDR_EAST_PASSWORD }'), {
		KDR_EAST_PASSWORD: 'hunter2',
	});
	expect(config.clusters.east?.sasl?.password).toEqual({ env: 'KDR_EAST_PASSWORD' });
});

test('the flag wins over KDR_CONFIG, and a file that is not there says who named it', async () => {
	await writeFile(join(dir, 'other.yaml'), good);
	const { config, origins } = await loadConfig({ flag: 'other.yaml', env: { KDR_CONFIG: 'none.yaml' }, cwd: dir });
	expect(config.file).toBe(join(dir, 'other.yaml'));
	expect(origins.get('file')).toEqual({ from: 'flag', where: '--config' });
	await expect(loadConfig({ env: { KDR_CONFIG: 'none.yaml' }, cwd: dir })).rejects.toMatchObject({
		code: 'KDR_CONFIG_MISSING',
		message: 'there is no none.yaml (named by KDR_CONFIG)',
		hint: expect.stringContaining('kdr lab up'),
	});
});
