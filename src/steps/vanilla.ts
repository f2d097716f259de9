import type { TopicPartition } from '../domain/kafka/partition.ts';
import { takesTopic } from '../domain/mirror/topics.ts';
import { type CsvRow, writeCsv } from '../domain/offsets/csv.ts';
import type { OffsetRow } from '../domain/offsets/row.ts';
import { connectUrl, curl, kafkaLine, shellWord, untilStopped } from '../domain/runbook/shell.ts';
import type { LinkConnector } from '../observe/connectors.ts';

/** Vanilla commands of steps whose change is more than a line. `kdr runbook export` writes them as they are. */

const json = "-H 'Content-Type: application/json' --data-binary @- ";

/** The settings of one cluster, as src/domain/mirror/reverse.ts knows them: they change sides. */
const ofCluster = '(cluster\\.|(consumer|producer|admin)\\.(bootstrap\\.servers"|security\\.|sasl\\.|ssl\\.))';

/**
 * Creates a connector of the way back from its twin, STOPPED. The twin's settings are read when the command runs: they may hold
 * secrets, which have no place in a file. Of a key given twice Connect takes the last.
 */
export function createFromTwin(twin: LinkConnector, name: string, from: string, to: string, topics?: string): string {
	const escaped = (text: string): string => JSON.stringify(text).replaceAll(/[\\/&]/g, '\\$&');
	const word = escaped(name);
	const narrowed = topics === undefined ? '' : `,"topics":${escaped(topics)}`;
	// MirrorMaker 2's own default names would be another cluster's after the swap.
	const called = [
		...(twin.config['target.cluster.alias'] ? [] : [`"source.cluster.alias":${escaped(to)}`]),
		...(twin.config['source.cluster.alias'] ? [] : [`"target.cluster.alias":${escaped(from)}`]),
	];
	const edits = [
		`s/"source\\.${ofCluster}/"@kdr@.\\1/g`,
		`s/"target\\.${ofCluster}/"source.\\1/g`,
		's/"@kdr@\\./"target./g',
		`s/}$/,"name":${word},"sync.topic.acls.enabled":"false"${narrowed}}}/`,
		...(called.length > 0 ? [`s/^\\{/{${called.map((one) => `${one},`).join('')}/`] : []),
		`s/^/{"name":${word},"initial_state":"STOPPED","config":/`,
	];
	const read = curl('GET', connectUrl(to, twin.name, 'config'));
	return `${read} | sed -E ${edits.map((edit) => `-e ${shellWord(edit)}`).join(' ')} | ${curl('POST', connectUrl(from), json)}`;
}

/** Seeds a STOPPED source connector, which names it `called`, at the log ends of `source` as they are when the command runs. */
export function seedAtLogEnds(
	connector: string,
	source: string,
	from: string,
	partitions: readonly TopicPartition[],
	called = source,
): string {
	// The tool takes topics for regular expressions.
	const wanted = partitions.map(({ topic, partition }) => `${topic.replaceAll('.', '\\.')}:${partition}`).join(',');
	const row = '{"partition":{"cluster":"%s","partition":%s,"topic":"%s"},"offset":{"offset":%.0f}}';
	const program = `BEGIN { printf "{\\"offsets\\":[" } $3 > 0 { printf "%s${row.replaceAll('"', '\\"')}", sep, source, $2, $1, $3 - 1; sep = "," } END { if (NR != ${partitions.length}) exit 1; print "]}" }`;
	return [
		kafkaLine('kafka-get-offsets.sh', source, ['--topic-partitions', wanted]),
		`awk -F: -v source=${shellWord(called)} ${shellWord(program)}`,
		curl('PATCH', connectUrl(from, connector, 'offsets'), json),
	].join(' | ');
}

interface Seed {
	/** Connectors of the way back that are made from a twin. */
	created: readonly { twin: LinkConnector; name: string; config: Record<string, string> }[];
	/** All source connectors of the way back. */
	sources: readonly { name: string; config: Record<string, string>; called: string }[];
	partitions: readonly TopicPartition[];
}

export function seedCommands({ created, sources, partitions }: Seed, from: string, to: string): string[] {
	const taken = sources.map(({ config }) => takesTopic(config));
	return [
		...created.map(({ twin, name, config }) =>
			createFromTwin(twin, name, from, to, twin.role === 'heartbeat' ? undefined : config.topics),
		),
		...sources.flatMap(({ name, called }, at) => {
			const own = partitions.filter(({ topic }) => sources.length === 1 || taken[at]?.(topic));
			return [untilStopped(from, name), seedAtLogEnds(name, to, from, own, called)];
		}),
	];
}

/**
 * Offsets of all groups with one start of the tool, inlined, and read back with a second: it ends with 0 even when it set nothing.
 * Commits to be deleted take one command per group.
 */
export function offsetCommands(rows: readonly OffsetRow[], to: string): string[] {
	const writable = rows.filter(({ group }) => !/[\r\n]/.test(group));
	const strange = new Set(rows.map(({ group }) => group).filter((group) => /[\r\n]/.test(group)));
	const set = writable.flatMap(({ group, topic, partition, offset }) =>
		offset === null ? [] : [{ group, topic, partition, offset }],
	);
	const gone = Map.groupBy(
		writable.filter(({ offset }) => offset === null),
		({ group }) => group,
	);
	return [
		...[...strange].map(
			(group) => `echo ${shellWord(`not set, the tool cannot take its name: group ${JSON.stringify(group)}`)} >&2`,
		),
		...(set.length > 0 ? setCommands(set, to) : []),
		...[...gone].map(([group, of]) => {
			const forgotten = of.flatMap(({ topic, partition }) => ['--topic', `${topic}:${partition}`]);
			return kafkaLine('kafka-consumer-groups.sh', to, ['--group', group, '--delete-offsets', ...forgotten]);
		}),
	];
}

function setCommands(rows: readonly CsvRow[], to: string): string[] {
	const groups = [...new Set(rows.map(({ group }) => group))];
	const reset = (...how: string[]) =>
		kafkaLine('kafka-consumer-groups.sh', to, [
			...groups.flatMap((group) => ['--group', group]),
			'--reset-offsets',
			...how,
		]);
	const csv = writeCsv(rows, groups.length === 1);
	return [
		`offsets=$(mktemp); cat >"$offsets" <<'CSV'\n${csv}CSV`,
		'# the tool prints stack traces over any file of several groups, and ends with 0 whatever happens: the next command is the proof',
		`${reset('--execute', '--from-file')} "$offsets" 2>/dev/null`,
		'# reads back: prints what was to be set and is not, and fails then',
		`${reset('--all-topics', '--to-current', '--dry-run', '--export')} | tr -d '"' | sort | comm -13 - <(tr -d '"' <"$offsets" | sort) | { ! grep .; }`,
	];
}
