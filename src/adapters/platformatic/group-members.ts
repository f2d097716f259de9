import type { Item } from '../../domain/item.ts';
import type { Member } from '../../ports/group-offsets.ts';
import { consumerTopics } from './consumer-protocol.ts';
import type { Coordinators } from './coordinators.ts';
import { type BrokerAnswer, fanOutByBroker, slices } from './fan-out-by-broker.ts';
import type { Endpoint, Wire } from './wire.ts';

const groupsPerRequest = 200;
const groupIdNotFound = 69;

export type Protocol = 'classic' | 'consumer';

/**
 * Members of groups of one protocol. DescribeGroups calls a live KIP-848 group `Dead` and shows none of its members,
 * so those are asked by ConsumerGroupDescribe. A group that is not there (any more) has no members.
 */
export function membersOf(
	wire: Wire,
	coordinators: Coordinators,
	groups: readonly string[],
	protocol: Protocol,
): Promise<Map<string, Item<Member[]>>> {
	const describe = protocol === 'consumer' ? describeModern : describeClassic;
	return fanOutByBroker<Member[]>(wire, groups, {
		doing: 'describe groups',
		locate: (keys, fresh, deadline) => coordinators.locate(keys, fresh, deadline),
		ask: async (to, keys, deadline) => {
			const shares = await Promise.all(
				slices(keys, groupsPerRequest).map((share) => describe(wire, to, share, deadline)),
			);
			return new Map(shares.flatMap((answers) => [...answers]));
		},
	});
}

async function describeClassic(
	wire: Wire,
	to: Endpoint,
	groups: string[],
	deadline: number,
): Promise<Map<string, BrokerAnswer<Member[]>>> {
	const { describeGroups } = await wire.requests();
	const answer = await wire.ask(to, describeGroups, [groups, false], 'describe groups', deadline);
	return new Map(
		answer.groups.map(
			({ groupId, errorCode, protocolType, members }) =>
				[groupId, memberAnswer(errorCode, members.map(classicMember(protocolType)))] as const,
		),
	);
}

async function describeModern(
	wire: Wire,
	to: Endpoint,
	groups: string[],
	deadline: number,
): Promise<Map<string, BrokerAnswer<Member[]>>> {
	const { consumerGroupDescribe } = await wire.requests();
	const answer = await wire.ask(to, consumerGroupDescribe, [groups, false], 'describe groups', deadline);
	return new Map(
		answer.groups.map(
			({ groupId, errorCode, members }) => [groupId, memberAnswer(errorCode, members.map(modernMember))] as const,
		),
	);
}

function memberAnswer(code: number, members: Member[]): BrokerAnswer<Member[]> {
	if (code === groupIdNotFound) return { value: [] };
	return code === 0 ? { value: members } : { code };
}

interface WireMember {
	memberId: string;
	clientId: string;
	clientHost: string;
}

interface ClassicMember extends WireMember {
	groupInstanceId?: string | null | undefined;
	memberMetadata: Buffer;
	memberAssignment: Buffer;
}

const classicMember =
	(protocolType: string) =>
	(member: ClassicMember): Member => ({
		memberId: member.memberId,
		instanceId: member.groupInstanceId ?? null,
		clientId: member.clientId,
		host: member.clientHost,
		topics: protocolType === 'consumer' ? consumerTopics(member.memberMetadata, member.memberAssignment) : [],
	});

interface ModernMember extends WireMember {
	instanceId?: string | null | undefined;
	subscribedTopicNames: string[];
	subscribedTopicRegex?: string | null | undefined;
	assignment: Assignment;
	targetAssignment: Assignment;
}

interface Assignment {
	topicPartitions: { topicName: string }[];
}

function modernMember(member: ModernMember): Member {
	const { assignment, targetAssignment, subscribedTopicNames, subscribedTopicRegex } = member;
	const assigned = [assignment, targetAssignment].flatMap(({ topicPartitions }) => topicPartitions);
	const topics = [...new Set([...subscribedTopicNames, ...assigned.map(({ topicName }) => topicName)])].sort();
	return {
		memberId: member.memberId,
		instanceId: member.instanceId ?? null,
		clientId: member.clientId,
		host: member.clientHost,
		// The broker's own expression (RE2) is matched by the broker alone.
		topics: topics.length === 0 && subscribedTopicRegex ? null : topics,
	};
}
