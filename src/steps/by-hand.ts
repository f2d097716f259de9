import type { LinkConfig } from '../domain/config/link.ts';
import { connectPath, curl, kafkaLine, shellLine, shellVariables } from '../domain/runbook/shell.ts';
import type { RunFacts } from './kind.ts';

/** Vanilla commands that look at what gates wait for. They only read, and each is one line. `alias`: one of the two clusters of the move. */

/** Kafka's tools take a regular expression here, as kdr.yaml does. */
const topicsOf = ({ topics }: LinkConfig): string[] => ['--topic', topics.join('|')];

/** `topic:partition:offset` of every log end, or of every log start. */
export const logEnds = (alias: string, link: LinkConfig): string =>
	kafkaLine('kafka-get-offsets.sh', alias, topicsOf(link));
export const logStarts = (alias: string, link: LinkConfig): string =>
	kafkaLine('kafka-get-offsets.sh', alias, [...topicsOf(link), '--time', 'earliest']);

export const describeTopics = (alias: string, link: LinkConfig): string =>
	kafkaLine('kafka-topics.sh', alias, ['--describe', ...topicsOf(link)]);

/** Commits, log ends and lag of every group. */
export const describeGroups = (alias: string): string =>
	kafkaLine('kafka-consumer-groups.sh', alias, ['--describe', '--all-groups']);
export const describeMembers = (alias: string): string =>
	kafkaLine('kafka-consumer-groups.sh', alias, ['--describe', '--all-groups', '--members']);

export const listTransactions = (alias: string): string => kafkaLine('kafka-transactions.sh', alias, ['list']);

export const listAcls = (alias: string): string => kafkaLine('kafka-acls.sh', alias, ['--list']);

/** The journal as JSON lines. It assigns the partition: no group is joined, and no topic is created. */
export function readJournal(alias: string): string {
	const { kafka, config } = shellVariables(alias);
	const args = ['--topic', 'kdr-journal.internal', '--partition', '0', '--offset', 'earliest'];
	const reading = ['--isolation-level', 'read_committed', '--timeout-ms', '10000'];
	const property = ['--consumer-property', 'allow.auto.create.topics=false'];
	return `kafka-console-consumer.sh --bootstrap-server "$${kafka}" --consumer.config "$${config}" ${shellLine([...args, ...reading, ...property])}`;
}

/** State, tasks and configuration of every connector of the Connect cluster beside `alias`. */
export const connectorStates = (alias: string): string => curl('GET', connectPath(alias, '/connectors?expand=status'));
export const connectorConfigs = (alias: string): string => curl('GET', connectPath(alias, '/connectors?expand=info'));

/** How far each of them has read: `offset` is that of the last record it has copied. */
export const connectorPositions = (alias: string): string => {
	const names = `${curl('GET', connectPath(alias, '/connectors'))} | tr -d '[]"' | tr , '\\n'`;
	const { connect } = shellVariables(alias);
	return `${names} | while read -r name; do ${curl('GET', `"$${connect}/connectors/$name/offsets"`)} && echo " $name"; done`;
};

/** The Kafka cluster that the Connect cluster is beside: `kafka_cluster_id`. */
export const connectCluster = (alias: string): string => curl('GET', connectPath(alias, '/'));

/** What an authoritative server answers, where kdr.yaml names one; else what the resolver of this host does. */
export function lookUpRecord({ dns: { name, type, servers = [] } }: LinkConfig): string {
	const [first] = servers;
	const [, six, four, port = '53'] = /^(?:\[([^\]]+)\]|([\d.]+))(?::(\d+))?$/.exec(first ?? '') ?? [];
	const server = first === undefined ? [] : [`@${six ?? four ?? first}`, '-p', port];
	return shellLine(['dig', '+noall', '+answer', ...server, name, type]);
}

/** The sides that can be asked. */
export const sidesToAsk = ({ move: { from, to }, fromAlive }: Pick<RunFacts, 'move' | 'fromAlive'>): string[] =>
	fromAlive ? [from, to] : [to];

export const valuesOf = ({ dns }: LinkConfig, alias: string): string => dns.values[alias]?.join(', ') ?? alias;
