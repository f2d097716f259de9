import { pbkdf2Sync, randomBytes } from 'node:crypto';
import { alterUserScramCredentialsV0, Connection } from '@platformatic/kafka';
import { plainAdmin } from './cluster-setup.ts';
import { type LabAlias, type LabState, labUsers } from './estate.ts';
import { readSecret, updateState } from './state.ts';

/** Kafka's number for SCRAM-SHA-256, and the fewest rounds it takes. */
const [scramSha256, iterations] = [1, 4_096];

/**
 * What a KRaft broker has from its formatting, and one with ZooKeeper only once it runs: the passwords of its SCRAM users, and
 * its cluster's id. Does nothing on a side without ZooKeeper.
 */
export async function becomeKnown(state: LabState, alias: LabAlias): Promise<void> {
	if (!state.sides[alias].zookeeper) return;
	const { clusterId } = await plainAdmin(state, alias, (admin) => admin.describeCluster());
	state.sides[alias].clusterId = clusterId;
	await updateState(state.dir, ({ sides }) => {
		sides[alias].clusterId = clusterId;
	});
	await createScramUsers(state, alias);
}

async function createScramUsers(state: LabState, alias: LabAlias): Promise<void> {
	const users = await Promise.all(
		labUsers.map(async (name) => {
			const salt = randomBytes(24);
			const saltedPassword = pbkdf2Sync(await readSecret(state.dir, name), salt, iterations, 32, 'sha256');
			return { name, mechanism: scramSha256, iterations, salt, saltedPassword };
		}),
	);
	const [broker] = state.sides[alias].brokers;
	const sasl = { mechanism: 'PLAIN' as const, username: 'admin', password: await readSecret(state.dir, 'admin') };
	const connection = new Connection('kdr-lab-users', { sasl, connectTimeout: 3_000, requestTimeout: 10_000 });
	try {
		await connection.connect(broker?.host ?? '', broker?.port ?? 0);
		const { results } = await alterUserScramCredentialsV0.api.async(connection, [], users);
		const failed = results.find(({ errorCode }) => errorCode !== 0);
		if (failed) throw new Error(`SCRAM user ${failed.user} on ${alias}: ${failed.errorMessage ?? failed.errorCode}`);
	} finally {
		await connection.close();
	}
}
