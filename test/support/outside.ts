import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ListResourceRecordSetsCommand, Route53Client } from '@aws-sdk/client-route-53';
import kafkajs, { type Admin } from 'kafkajs';
import { asAdmin } from '../../src/lab/cluster-setup.ts';
import { type LabAlias, type LabState, labAliases } from '../../src/lab/estate.ts';
import { estateOf } from '../../src/lab/estates/index.ts';
import { route53AccessKeyId } from '../../src/lab/kdr-yaml.ts';

const { AclOperationTypes, AclPermissionTypes, AclResourceTypes, ConfigResourceTypes, ResourcePatternTypes } = kafkajs;

/** What kdr, the mirror and Connect keep for themselves. */
const own = /^(__.*|kdr-.*|mm2-.*|connect-.*|.*heartbeats|.*checkpoints\.internal)$/;

/** Everything on the clusters, in Connect and in the zone that no move of the link may change, by where it is. */
export async function outside(state: LabState): Promise<Record<string, unknown>> {
	const sides = await Promise.all(
		labAliases.map(async (alias) => [
			alias,
			{ ...(await onCluster(state, alias)), connectors: await others(state, alias) },
		]),
	);
	return { ...Object.fromEntries(sides), records: await records(state) };
}

async function onCluster(state: LabState, alias: LabAlias): Promise<Record<string, unknown>> {
	const link = new Set(estateOf(state).topics.map(({ name }) => name));
	return await asAdmin(state, alias, async (admin) => {
		const topics = (await admin.listTopics()).filter((name) => !link.has(name) && !own.test(name)).sort();
		const { groups } = await admin.listGroups();
		const theirs = groups.filter(({ groupId }) => groupId.startsWith('warehouse')).sort(by('groupId'));
		return {
			topics: await Promise.all(topics.map((name) => topicOf(admin, name))),
			groups: await Promise.all(
				theirs.map(async ({ groupId, protocolType }) => ({
					groupId,
					protocolType,
					...(await groupOf(admin, groupId)),
				})),
			),
			acls: await acls(admin),
		};
	});
}

/** The one that its team writes all the time has no end to compare. */
async function topicOf(admin: Admin, topic: string): Promise<unknown> {
	const { resources } = await admin.describeConfigs({
		includeSynonyms: false,
		resources: [{ type: ConfigResourceTypes.TOPIC, name: topic }],
	});
	const config = resources[0]?.configEntries
		.filter(({ isDefault }) => !isDefault)
		.map(({ configName, configValue }) => `${configName}=${configValue}`);
	const ends =
		topic === 'warehouse.stock'
			? 'moving'
			: (await admin.fetchTopicOffsets(topic)).map(({ partition, high }) => `${partition}: ${high}`).sort();
	return { topic, config: config?.sort(), ends };
}

async function groupOf(admin: Admin, groupId: string): Promise<object> {
	const [{ groups }, offsets] = [await admin.describeGroups([groupId]), await admin.fetchOffsets({ groupId })];
	const members = groups[0]?.members.map(({ memberId }) => memberId);
	const live = members !== undefined && members.length > 0;
	return { state: groups[0]?.state, members, offsets: live ? 'moving' : offsets };
}

/** Of everybody but the application that moves: its denials are the fence. */
async function acls(admin: Admin): Promise<string[]> {
	const { resources } = await admin.describeAcls({
		resourceType: AclResourceTypes.ANY,
		resourcePatternType: ResourcePatternTypes.ANY,
		operation: AclOperationTypes.ANY,
		permissionType: AclPermissionTypes.ANY,
	});
	return resources
		.flatMap(({ acls: found, ...resource }) => found.map((acl) => JSON.stringify({ ...resource, ...acl })))
		.filter((text) => !text.includes('User:app'))
		.sort();
}

/** Connectors that kdr.yaml does not name. */
async function others(state: LabState, alias: LabAlias): Promise<unknown> {
	const answer = await fetch(`${state.sides[alias].connect.url}/connectors?expand=info&expand=status`);
	const all = (await answer.json()) as Record<
		string,
		{ info: { config: unknown }; status: { connector: { state: string } } }
	>;
	return Object.entries(all)
		.filter(([name]) => !/^(east-to-west|west-to-east)-(source|checkpoint|heartbeat)$/.test(name))
		.map(([name, { info, status }]) => ({ name, config: info.config, state: status.connector.state }));
}

async function records({ dns, dir }: LabState): Promise<unknown> {
	const secretAccessKey = readFileSync(join(dir, 'secrets', 'route53'), 'utf8');
	const credentials = { accessKeyId: route53AccessKeyId, secretAccessKey };
	const client = new Route53Client({ region: 'us-east-1', endpoint: dns.route53Url, credentials });
	const { ResourceRecordSets = [] } = await client.send(
		new ListResourceRecordSetsCommand({ HostedZoneId: dns.zoneId }),
	);
	client.destroy();
	return ResourceRecordSets.filter(({ Name }) => Name !== dns.name);
}

const by =
	<K extends string>(key: K) =>
	(a: Record<K, string>, b: Record<K, string>): number =>
		a[key] < b[key] ? -1 : 1;
