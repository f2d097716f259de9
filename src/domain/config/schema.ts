import { z } from 'zod';
import { parseDuration } from './duration.ts';

const expected = (what: string): { error: string } => ({ error: `expected ${what}` });

/** Names of clusters and links: they become parts of topic names, connector names and transactional ids. */
const namePattern = /^[A-Za-z0-9][A-Za-z0-9._-]{0,62}$/;
const nameHelp = 'a name of letters, digits, ".", "_" and "-", starting with a letter or digit';
const text = (what: string) => z.string(expected(what)).trim().min(1, expected(what));
const integer = (what: string, least: number, most: number) =>
	z.int(expected(what)).min(least, expected(what)).max(most, expected(what));

/** One string (commas separate), or a list. */
const list = <T extends z.ZodType<unknown, string>>(what: string, item: T) =>
	z
		.union([z.string(), z.array(z.string())], expected(what))
		.transform((given) => (typeof given === 'string' ? given.split(',').map((part) => part.trim()) : given))
		.pipe(z.array(item).min(1, expected(what)));

const secretHelp = 'write { file: secrets/kdr }, { env: NAME } or { command: [pass, show, kdr] }';

/** A secret is named, never given. */
export const secretSchema = z.union(
	[
		z.strictObject({ file: z.string().min(1) }),
		z.strictObject({ env: z.string().regex(/^[A-Za-z_][A-Za-z0-9_]*$/) }),
		z.strictObject({ command: z.array(z.string().min(1)).min(1) }),
	],
	{
		error: ({ input }) =>
			typeof input === 'string' || typeof input === 'number'
				? `an inline secret is refused: put it in a file and ${secretHelp}`
				: `expected where the secret is read from: ${secretHelp}`,
	},
);

const address = text('host:port').regex(
	/^(\[[0-9A-Fa-f:.]+\]|[^\s:/@]+):\d{1,5}$/,
	expected('host:port, e.g. east-1.example.com:9092'),
);

/** A URL without a password in it. */
const url = text('a URL such as http://connect.example.com:8083').superRefine((given, ctx) => {
	const parsed = URL.parse(given);
	if (parsed === null || !/^https?:$/.test(parsed.protocol))
		ctx.addIssue('expected a URL such as http://connect.example.com:8083');
	else if (parsed.password !== '')
		ctx.addIssue('a password in a URL is refused: use auth: { username: …, password: { file: … } }');
});

const pattern = text('a regular expression').superRefine((given, ctx) => {
	try {
		new RegExp(`^(?:${given})$`, 'u');
	} catch (error) {
		ctx.addIssue(
			`not a regular expression: ${error instanceof Error ? error.message.replace(/^.*\/u: /, '') : 'it does not compile'}`,
		);
		return;
	}
	// MirrorMaker 2 is Java: what both take, and one reads as something else, would move other topics than it mirrors.
	const differs = /\[[^\]]*&&/.test(given) ? '&&' : /\[\^?\]/.exec(given)?.[0];
	if (differs !== undefined)
		ctx.addIssue(`${differs} in a character class means something else in Java: write it without`);
});

const patterns = (what: string) => z.array(pattern, expected(what));
const duration = (example: string) =>
	z.string(expected(`a duration such as ${example}`)).transform((given, ctx) => {
		const value = parseDuration(given);
		if (value !== undefined) return value;
		ctx.addIssue(`expected a duration such as ${example} (units ms, s, m, h)`);
		return z.NEVER;
	});

const account = { username: text('a user name'), password: secretSchema };

const cluster = z.object({
	bootstrap: list('host:port, one or a list', address),
	tls: z
		.object({
			ca: secretSchema.optional(),
			cert: secretSchema.optional(),
			key: secretSchema.optional(),
			servername: text('a host name').optional(),
		})
		.optional(),
	sasl: z
		.object({
			mechanism: z.enum(['plain', 'scram-sha-256', 'scram-sha-512'], expected('plain, scram-sha-256 or scram-sha-512')),
			...account,
		})
		.optional(),
	connect: z.object({
		urls: list('the URLs of the Connect workers', url),
		auth: z.object(account).optional(),
		beside: text('the name of a cluster').optional(),
	}),
});

const connectorNames = z.object({
	source: z.union(
		[text('a connector name'), z.array(text('a connector name')).min(1)],
		expected('a connector name, or a list of them'),
	),
	checkpoint: text('a connector name'),
	heartbeat: text('a connector name').optional(),
});

const dns = z.object({
	driver: z.literal('route53', expected('route53')).default('route53'),
	zone: text('the id of the hosted zone, e.g. Z0123456789'),
	name: text('a DNS name, e.g. kafka.example.com').transform((name) => `${name.toLowerCase().replace(/\.$/, '')}.`),
	type: z.enum(['A', 'AAAA', 'CNAME'], expected('A, AAAA or CNAME')).default('A'),
	ttl: integer('whole seconds from 1 to 86400, e.g. 30', 1, 86_400).default(30),
	values: z.record(
		z.string(),
		list('what the record holds, one or a list', text('a value')),
		expected('a value per cluster'),
	),
	region: text('an AWS region').default('us-east-1'),
	endpoint: url.optional(),
	credentials: z.object({ accessKeyId: text('an access key id'), secretAccessKey: secretSchema }).optional(),
	servers: list('address:port, one or a list', address).optional(),
});

const principal = text('a principal such as User:app').regex(
	/^[A-Za-z]+:.+$/,
	expected('a principal such as User:app'),
);

const hours = text('a span of hours, UTC, such as 08:00-18:00').regex(
	/^([01]\d|2[0-3]):[0-5]\d-([01]\d|2[0-3]):[0-5]\d$/,
	expected('a span of hours, UTC, such as 08:00-18:00'),
);

const argv = z
	.array(z.string().max(4_096), expected('a program and its arguments, e.g. [fence, up]'))
	.min(1, expected('a program'))
	.max(256);

const fence = z.object({
	driver: list(
		'acl, quota, exec or manual, one or a list',
		z.enum(['acl', 'quota', 'exec', 'manual'], expected('acl, quota, exec or manual')),
	).prefault('acl'),
	principals: z
		.array(principal, expected('a list of principals such as User:app'))
		.min(1, expected('at least one principal'))
		.optional(),
	allBut: z
		.array(principal, expected('a list of principals such as User:mm2'))
		.min(1, expected('at least one principal'))
		.optional(),
	transactionalIds: z
		.array(text('the beginning of transactional ids'), expected('a list of beginnings of transactional ids'))
		.optional(),
	still: duration('10s').prefault('10s'),
	ifNotStill: z.enum(['keep', 'lift'], expected('keep or lift')).default('keep'),
	canary: z
		.record(
			z.string(),
			cluster.pick({ sasl: true, tls: true }),
			expected('the credentials of an application per cluster'),
		)
		.optional(),
	quota: z.object({ bytesPerSecond: integer('whole bytes from 1 up', 1, 2 ** 31 - 1).default(1) }).prefault({}),
	exec: z.object({ apply: argv, verify: argv, lift: argv, within: duration('60s').prefault('60s') }).optional(),
	manual: z
		.object({ apply: text('what a person is to do').optional(), lift: text('what a person is to do').optional() })
		.prefault({}),
});

const link = z.object({
	clusters: z.tuple(
		[text('the name of a cluster'), text('the name of a cluster')],
		expected('two cluster names, e.g. [east, west]'),
	),
	topics: patterns('a list of topic names or regular expressions').min(1, expected('at least one topic')),
	groups: z
		.object({
			include: patterns('a list of group names or regular expressions').default(['.*']),
			/** MirrorMaker 2's own default `groups.exclude`. */
			exclude: patterns('a list of group names or regular expressions').default([
				'console-consumer-.*',
				'connect-.*',
				'__.*',
			]),
		})
		.prefault({}),
	mirror: z
		.object({
			driver: z.literal('connect', expected('connect')).default('connect'),
			connectors: z.record(z.string(), connectorNames, expected('connector names per direction')).default({}),
			policy: z.enum(['identity', 'default'], expected('identity or default')).optional(),
			separator: text('the separator of mirrored names, e.g. "."').optional(),
		})
		.prefault({}),
	dns,
	fence,
	rules: z
		.object({
			forbiddenHours: z.array(hours, expected('a list of spans such as "08:00-18:00"')).optional(),
			maxLoss: duration('30s').optional(),
			antiFlap: duration('1h').prefault('1h'),
			approval: z.literal('second-person', expected('second-person')).optional(),
		})
		.prefault({}),
	objectives: z.object({ rpo: duration('30s').prefault('30s'), rto: duration('5m').prefault('5m') }).prefault({}),
});

const named = <T extends z.ZodType>(what: string, value: T) =>
	z.record(z.string().regex(namePattern, expected(nameHelp)), value, expected(what));

/** kdr.yaml as people write it; what it means is in link.ts. */
export const fileSchema = z.object({
	clusters: named('clusters by name', cluster),
	links: named('links by name', link),
});

export type FileConfig = z.infer<typeof fileSchema>;
