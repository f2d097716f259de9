import { execFileSync } from 'node:child_process';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { reversed } from '../../../../src/domain/mirror/reverse.ts';
import type { OffsetRow } from '../../../../src/domain/offsets/row.ts';
import { connectUrl, shellLine, shellVariables } from '../../../../src/domain/runbook/shell.ts';
import { createFromTwin, offsetCommands, seedAtLogEnds } from '../../../../src/steps/vanilla.ts';

const bash = (script: string, env: Record<string, string> = {}): string =>
	execFileSync('bash', ['--norc', '-euo', 'pipefail', '-c', script], {
		encoding: 'utf8',
		env: { PATH: process.env.PATH, ...env },
	});

test('whatever is in a word, a shell gives it back as it was and runs nothing of it', () => {
	const words = fc.array(
		fc.string({ unit: 'binary', maxLength: 40 }).filter((text) => !text.includes('\0') && text.isWellFormed()),
		{ minLength: 1, maxLength: 100 },
	);
	fc.assert(
		fc.property(words, (given) => {
			expect(
				bash(`printf '%s\\0' ${shellLine(given)}`)
					.split('\0')
					.slice(0, -1),
			).toEqual(given);
		}),
		{ numRuns: 5 },
	);
	expect(bash(`printf %s ${shellLine(["$(id) `id` 'x' \\ \n *"])}`)).toBe("$(id) `id` 'x' \\ \n *");
});

test('a connector whose name is a path stays one step of the path', () => {
	const url = connectUrl('us-east.1', '../a b/$(id)', 'stop');
	expect(bash(`printf %s ${url}`, { [shellVariables('us-east.1').connect]: 'http://c' })).toBe(
		'http://c/connectors/..%2Fa%20b%2F%24(id)/stop',
	);
});

/** `curl` and Kafka's tools as functions: they print what they were given, or an answer. */
const stubs = (answer: string) =>
	`curl() { case "$*" in *GET*) printf '%s' ${shellLine([answer])};; *) cat;; esac; }; kafka-get-offsets.sh() { printf '%s\\n' ${shellLine(answer.split('\n'))}; }; `;
const env = { CONNECT_east: 'http://e', CONNECT_west: 'http://w', KAFKA_west: 'w:1', CONFIG_west: 'w.properties' };

test('the settings of the way back that the command makes are those kdr itself would make', () => {
	const config = {
		'connector.class': 'org.apache.kafka.connect.mirror.MirrorSourceConnector',
		name: 'east-to-west-source',
		'source.cluster.alias': 'east',
		'target.cluster.alias': 'west',
		'source.cluster.bootstrap.servers': 'e:9092',
		// biome-ignore lint/suspicious/noTemplateCurlyInString: a reference which Connect resolves
		'target.cluster.sasl.jaas.config': 'x username="mm2" password="${dir:/s:mm2}";',
		'source.consumer.isolation.level': 'read_committed',
		'source.consumer.bootstrap.servers': 'e:1',
		'target.producer.security.protocol': 'SSL',
		'target.producer.acks': 'all',
		'sync.topic.acls.enabled': 'true',
		topics: 'a,b}',
	};
	const name = 'back & "forth" \\ /1';
	const twin = {
		name: 'east-to-west-source',
		role: 'source' as const,
		source: 'east',
		target: 'west',
		state: 'RUNNING',
		tasks: [],
		aliases: { source: 'east', target: 'west' },
		config,
	};
	const sides = { source: 'east', target: 'west' };
	const created = bash(stubs(JSON.stringify(config)) + createFromTwin(twin, name, 'east', 'west'), env);
	expect(JSON.parse(created)).toEqual({ name, initial_state: 'STOPPED', config: reversed(config, name, sides) });
	const { 'target.cluster.alias': _, ...plain } = config;
	const nameless = createFromTwin({ ...twin, config: plain }, name, 'east', 'west');
	const named = JSON.parse(bash(stubs(JSON.stringify(plain)) + nameless, env));
	expect(named.config).toEqual(reversed(plain, name, sides));
});

test('the way back is seeded at the last record of each partition, and not at all when a partition was not answered', () => {
	const at = [0, 1, 2].map((partition) => ({ topic: 'a.b', partition }));
	const seed = (answer: string, most = 3) =>
		bash(stubs(answer) + seedAtLogEnds('back', 'west', 'east', at.slice(0, most)), env);
	expect(JSON.parse(seed('a.b:0:9007199254740991\na.b:1:0\na.b:2:5'))).toEqual({
		offsets: [
			{ partition: { cluster: 'west', partition: 0, topic: 'a.b' }, offset: { offset: 9007199254740990 } },
			{ partition: { cluster: 'west', partition: 2, topic: 'a.b' }, offset: { offset: 4 } },
		],
	});
	expect(() => seed('a.b:0:5\na.b:1:0')).toThrow();
});

const row = (group: string, offset: bigint | null): OffsetRow => ({
	...{ group, topic: 'orders', partition: 0, offset, prior: null, priorMetadata: '', metadata: '', evidence: '' },
	proof: 'exact',
	rereadAtMost: 0n,
});

test('offsets that the tool did not take make the commands fail, and a group it cannot name is said', () => {
	const rows = [row("it's $(id)", 7n), row('two', 8n), row('gone', null), row('a\nb', 9n)];
	const commands = offsetCommands(rows, 'west').join('\n');
	const tool = (answer: string) =>
		`kafka-consumer-groups.sh() { case "$*" in *--export*) printf '%s' ${shellLine([answer])};; esac; }; `;
	expect(bash(tool('"it\'s $(id)",orders,0,7\ntwo,orders,0,8\nother,orders,0,1\n') + commands, env)).toBe('');
	expect(() => bash(tool('two,orders,0,8\n') + commands, env)).toThrow();
	expect(commands).toContain('--delete-offsets --topic orders:0');
	expect(commands).toContain('cannot take its name');
});
