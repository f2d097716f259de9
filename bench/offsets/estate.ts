import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parse, stringify } from 'yaml';
import { ConnectMirror } from '../../src/adapters/connect-rest/mirror.ts';
import { createKafkaSide, type KafkaSide } from '../../src/adapters/kafka-side/side.ts';
import { PartitionMap } from '../../src/domain/kafka/partition.ts';
import type { LabAlias, LabState } from '../../src/lab/estate.ts';
import { labDown, labUp } from '../../src/lab/lab.ts';
import { checkpointRecord } from '../../test/fakes/mm2-bytes.ts';
import { clientProperties } from '../../test/support/vanilla-tools.ts';

export const topic = 'bench';
/** Records per partition. */
const records = 3;
const aliases = ['east', 'west'] as const;

/** A lab with groups that have committed in every partition of one topic, on both clusters, and a stopped mirror. */
export interface BenchEstate {
	state: LabState;
	/** kdr.yaml of a link of that topic. */
	config: string;
	/** Client properties of an administrator, for Java. */
	properties: string;
	env: NodeJS.ProcessEnv;
	close(): Promise<void>;
}

export async function benchEstate(groups: readonly string[], partitions: number): Promise<BenchEstate> {
	const home = mkdtempSync(join(tmpdir(), 'kdr-bench-'));
	process.env.XDG_STATE_HOME = home;
	const name = `bench-${process.pid}`;
	const close = async (): Promise<void> => {
		await labDown(name).catch(() => {});
		rmSync(home, { recursive: true, force: true });
	};
	try {
		const { state } = await labUp({ name }, (text) => void process.stderr.write(`  ${text}\n`));
		await stopMirror(state);
		for (const alias of aliases) await seed(state, alias, groups, partitions);
		const config = join(state.dir, 'bench.yaml');
		const kdrYaml = parse(readFileSync(join(state.dir, 'kdr.yaml'), 'utf8'));
		kdrYaml.links.orders.topics = [topic];
		writeFileSync(config, stringify(kdrYaml), { mode: 0o600 });
		const properties = join(state.dir, 'bench.properties');
		writeFileSync(properties, clientProperties('admin', secretOf(state, 'admin')), { mode: 0o600 });
		const { CI: _, KDR_LINK: __, ...env } = process.env;
		return { state, config, properties, env: { ...env, KDR_CONFIG: config, NO_COLOR: '1' }, close };
	} catch (thrown) {
		await close();
		throw thrown;
	}
}

const secretOf = ({ dir }: LabState, user: string): string => readFileSync(join(dir, 'secrets', user), 'utf8').trim();

export const bootstrapOf = ({ sides }: LabState, alias: LabAlias): string =>
	sides[alias].brokers.map(({ host, port }) => `${host}:${port}`).join(',');

/** The cluster as an administrator's own process sees it. */
export function sideOf(state: LabState, alias: LabAlias): KafkaSide {
	const sasl = { mechanism: 'scram-sha-256' as const, username: 'admin', password: { env: 'none' } };
	const config = {
		alias,
		bootstrap: bootstrapOf(state, alias).split(','),
		sasl,
		connect: { urls: [state.sides[alias].connect.url] },
	};
	return createKafkaSide(config, async () => secretOf(state, 'admin'), { timeoutMs: 30_000 });
}

/** Nothing but what is measured shall work on the machine. */
async function stopMirror(state: LabState): Promise<void> {
	const { url } = state.sides.west.connect;
	const mirror = new ConnectMirror({ alias: 'west', bootstrap: [], connect: { urls: [url] } }, async () => '');
	for (const { name } of await mirror.connectors()) await mirror.stop(name);
	const stopped = async (): Promise<boolean> => (await mirror.connectors()).every(({ tasks }) => tasks.length === 0);
	for (let tries = 0; !(await stopped()); tries++) {
		if (tries > 100) throw new Error('the mirror does not stop');
		await new Promise((resolve) => setTimeout(resolve, 200));
	}
}

async function seed(state: LabState, alias: LabAlias, groups: readonly string[], partitions: number): Promise<void> {
	const side = sideOf(state, alias);
	try {
		// Without end: both tools have nothing to do once retention has made first and last offset the same.
		await side.cluster.ensureTopic({ name: topic, partitions, replicationFactor: 1, config: { 'retention.ms': '-1' } });
		const places = Array.from({ length: partitions }, (_, partition) => ({ topic, partition }));
		const written = Array.from({ length: records }, (_, n) => ({
			key: null,
			value: Buffer.from(`v${n}`),
			headers: [],
			timestamp: BigInt(Date.now()),
		}));
		for (const at of places) await side.writer.append(at, written);
		const offset = alias === 'east' ? 2n : 0n;
		const offsets = PartitionMap.from(places.map((at) => [at, { offset, metadata: '' }] as const));
		await Promise.all(groups.map((group) => side.groups.commit(group, offsets)));
		if (alias === 'west') await writeCheckpoints(side, groups, partitions);
	} finally {
		await side.close();
	}
}

/** What MirrorMaker 2 would have written of these groups, once each. */
async function writeCheckpoints(side: KafkaSide, groups: readonly string[], partitions: number): Promise<void> {
	const at = { topic: 'east.checkpoints.internal', partition: 0 };
	for (const group of groups) {
		const one = (partition: number) => ({
			...checkpointRecord(group, topic, partition, 2n, 2n, ''),
			headers: [],
			timestamp: BigInt(Date.now()),
		});
		await side.writer.append(
			at,
			Array.from({ length: partitions }, (_, partition) => one(partition)),
		);
	}
}
