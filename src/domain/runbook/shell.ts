/** Words for a POSIX shell. Names from Kafka are data: nothing in them is ever run. */

/** One word, whatever is in it. */
export const shellWord = (text: string): string =>
	/^[A-Za-z0-9_./:@%+,-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`;

export const shellLine = (argv: readonly string[]): string => argv.map(shellWord).join(' ');

/** The end of a variable's name for a cluster. */
const ending = (alias: string): string => alias.replaceAll(/[^A-Za-z0-9]/g, '_');

/** Names of the variables an export sets for each cluster: bootstrap servers, client properties, Connect. */
export const shellVariables = (alias: string) => ({
	kafka: `KAFKA_${ending(alias)}`,
	config: `CONFIG_${ending(alias)}`,
	connect: `CONNECT_${ending(alias)}`,
});

/** `kafka-acls.sh --bootstrap-server "$KAFKA_east" --command-config "$CONFIG_east" …` */
export function kafkaLine(tool: string, alias: string, args: readonly string[]): string {
	const { kafka, config } = shellVariables(alias);
	return `${tool} --bootstrap-server "$${kafka}" --command-config "$${config}" ${shellLine(args)}`;
}

/** A path of the Connect cluster beside `alias`, as a word. */
export const connectPath = (alias: string, path: string): string =>
	`"$${shellVariables(alias).connect}"${shellWord(path)}`;

/** The URL of a connector there, or of a part of it. */
export const connectUrl = (alias: string, ...path: readonly string[]): string =>
	connectPath(alias, `/connectors${path.map((part) => `/${encodeURIComponent(part)}`).join('')}`);

/** `curl` that fails on an error and takes credentials, if any, from ~/.netrc. */
export const curl = (method: 'GET' | 'PUT' | 'POST' | 'PATCH', url: string, more = ''): string =>
	`curl -fsS --netrc-optional -X ${method} ${more}${url}`;

/** A command that comes back when a connector is STOPPED and has no tasks; stopping is accepted long before. */
export const untilStopped = (alias: string, connector: string): string =>
	`until ${curl('GET', connectUrl(alias, connector, 'status'))} | grep '"state":"STOPPED".*"tasks":\\[\\]' >/dev/null; do sleep 1; done`;
