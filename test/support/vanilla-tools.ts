import { chmod, mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const tools = {
	'kafka-acls.sh': 'org.apache.kafka.tools.AclCommand',
	'kafka-consumer-groups.sh': 'org.apache.kafka.tools.consumer.group.ConsumerGroupCommand',
	'kafka-get-offsets.sh': 'org.apache.kafka.tools.GetOffsetShell',
	'kafka-topics.sh': 'org.apache.kafka.tools.TopicCommand',
	'kafka-transactions.sh': 'org.apache.kafka.tools.TransactionsCommand',
	'kafka-console-consumer.sh': 'org.apache.kafka.tools.consumer.ConsoleConsumer',
};

/**
 * A directory of what Kafka's and Amazon's distributions would bring: the scripts around the lab's jars, an `aws` and a `dig` that know
 * the one call an export makes of each. `dir` must not exist.
 */
export async function vanillaTools(dir: string, jars: string): Promise<void> {
	await mkdir(dir);
	for (const [name, main] of Object.entries(tools)) {
		await writeFile(
			join(dir, name),
			`#!/bin/sh\nexec java -Xmx96m -XX:TieredStopAtLevel=1 -cp '${jars}/*' ${main} "$@"\n`,
		);
		await chmod(join(dir, name), 0o755);
	}
	for (const name of ['aws', 'dig']) {
		const program = fileURLToPath(new URL(`./${name}.ts`, import.meta.url));
		await writeFile(join(dir, name), `#!/bin/sh\nexec '${process.execPath}' '${program}' "$@"\n`);
		await chmod(join(dir, name), 0o755);
	}
}

/** Client properties of a user of the lab. */
export const clientProperties = (user: string, password: string): string =>
	[
		'security.protocol=SASL_PLAINTEXT',
		'sasl.mechanism=SCRAM-SHA-256',
		`sasl.jaas.config=org.apache.kafka.common.security.scram.ScramLoginModule required username="${user}" password="${password}";`,
		'',
	].join('\n');
