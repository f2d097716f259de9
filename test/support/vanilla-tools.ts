import { chmod, mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const tools = {
	'kafka-acls.sh': 'org.apache.kafka.tools.AclCommand',
	'kafka-consumer-groups.sh': 'org.apache.kafka.tools.consumer.group.ConsumerGroupCommand',
	'kafka-get-offsets.sh': 'org.apache.kafka.tools.GetOffsetShell',
};

/**
 * A directory of what Kafka's and Amazon's distributions would bring: the scripts around the lab's jars, and an `aws` that knows the
 * one call an export makes. `dir` must not exist.
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
	const aws = fileURLToPath(new URL('./aws.ts', import.meta.url));
	await writeFile(join(dir, 'aws'), `#!/bin/sh\nexec '${process.execPath}' '${aws}' "$@"\n`);
	await chmod(join(dir, 'aws'), 0o755);
}

/** Client properties of a user of the lab. */
export const clientProperties = (user: string, password: string): string =>
	[
		'security.protocol=SASL_PLAINTEXT',
		'sasl.mechanism=SCRAM-SHA-256',
		`sasl.jaas.config=org.apache.kafka.common.security.scram.ScramLoginModule required username="${user}" password="${password}";`,
		'',
	].join('\n');
