import { KdrError } from '../../domain/errors/kdr-error.ts';
import { bad, good, type Item } from '../../domain/item.ts';
import { PartitionMap, type TopicPartition } from '../../domain/kafka/partition.ts';
import type { CommittedOffset, Member } from '../../ports/group-offsets.ts';
import { outcomeUnknown } from '../kafka-side/broker-errors.ts';
import { pause } from '../kafka-side/deadline.ts';
import type { Coordinators } from './coordinators.ts';
import { slices } from './fan-out-by-broker.ts';
import { Flow } from './flow.ts';
import { membersOf } from './group-members.ts';
import type { Api } from './lib.ts';
import type { Endpoint, Wire } from './wire.ts';

/** Partitions per request: ten thousand come near the brokers' 1 MiB limit of an offsets batch. */
const partitionsPerRequest = 4_000;
const groupIdNotFound = 69;
const unknownMemberId = 25;
/** The coordinator loads, is not there or moved: nothing was written, ask again. */
const coordinatorMoved = new Set([14, 15, 16]);
const done: Item<null> = good(null);

type At<T> = readonly [TopicPartition, T];

interface PartitionAnswer {
	/** Error code of the whole answer, where the API has one. */
	errorCode?: number;
	throttleTimeMs?: number;
	topics: { name: string; partitions: { partitionIndex: number; errorCode: number }[] }[];
}

/** Writes to consumer groups as an administrator. */
export class GroupWriter {
	readonly #wire: Wire;
	readonly #coordinators: Coordinators;
	/** By broker. */
	readonly #flows = new Map<string, Flow>();

	constructor(wire: Wire, coordinators: Coordinators) {
		this.#wire = wire;
		this.#coordinators = coordinators;
	}

	/** OffsetCommit with generation -1 and no member. Leader epochs are never sent: those of the other cluster mean nothing here. */
	async commit(group: string, offsets: PartitionMap<CommittedOffset>): Promise<PartitionMap<Item<null>>> {
		const { offsetCommit } = await this.#wire.requests();
		return this.#inSlices(offsets, (share) => {
			const topics = byTopic(share, (partition, { offset, metadata }) => {
				return {
					partitionIndex: partition,
					committedOffset: offset,
					committedLeaderEpoch: -1,
					committedMetadata: metadata,
				};
			});
			return this.#write(group, offsetCommit, [group, -1, '', null, topics], `commit offsets of group ${group}`);
		});
	}

	async forget(group: string, partitions: PartitionMap<null>): Promise<PartitionMap<Item<null>>> {
		const { offsetDelete } = await this.#wire.requests();
		return this.#inSlices(partitions, (share) => {
			const topics = byTopic(share, (partition) => ({ partitionIndex: partition }));
			return this.#write(group, offsetDelete, [group, topics], `delete offsets of group ${group}`);
		});
	}

	async #inSlices<T>(
		all: PartitionMap<T>,
		write: (share: readonly At<T>[]) => Promise<(where: TopicPartition) => Promise<Item<null>> | Item<null>>,
	): Promise<PartitionMap<Item<null>>> {
		const out = new PartitionMap<Item<null>>();
		const writeShare = async (share: readonly At<T>[]): Promise<void> => {
			const outcome = await write(share);
			for (const [at] of share) {
				const answer = outcome(at);
				out.set(at, answer instanceof Promise ? await answer : answer);
			}
		};
		await Promise.all(slices([...all], partitionsPerRequest).map(writeShare));
		return out;
	}

	/** One write of many partitions; what it answers per partition. Never throws: failures are the partitions' own. */
	async #write<Args extends unknown[]>(
		group: string,
		api: Api<Args, PartitionAnswer>,
		args: Args,
		doing: string,
	): Promise<(where: TopicPartition) => Promise<Item<null>> | Item<null>> {
		try {
			const answer = await this.#send(group, api, args, doing);
			const whole = answer.errorCode ?? 0;
			// Deleting from a group that does not exist leaves what was wanted: no offset.
			if (whole === groupIdNotFound) return () => done;
			const codes = new PartitionMap<number>();
			for (const { name, partitions } of answer.topics) {
				for (const { partitionIndex, errorCode } of partitions)
					codes.set({ topic: name, partition: partitionIndex }, errorCode);
			}
			return (at) => {
				const code = whole || (codes.get(at) ?? -1);
				return code === 0 ? done : this.#failed(code, `${doing} at ${at.topic}-${at.partition}`);
			};
		} catch (thrown) {
			if (!(thrown instanceof KdrError)) throw thrown;
			this.#coordinators.forget(group);
			return () => bad(thrown);
		}
	}

	async #failed(code: number, doing: string): Promise<Item<null>> {
		// REQUEST_TIMED_OUT: the coordinator appended, but its replicas did not confirm.
		if (code === 7) return bad(outcomeUnknown(this.#wire.where, doing));
		return bad(await this.#wire.brokerError(code, doing));
	}

	/** Sends to the coordinator and follows it when it moved. Once sent, no answer means: outcome unknown. */
	async #send<Args extends unknown[]>(
		group: string,
		api: Api<Args, PartitionAnswer>,
		args: Args,
		doing: string,
	): Promise<PartitionAnswer> {
		let until: number | undefined;
		for (let fresh = false; ; fresh = true) {
			const place = await this.#coordinators.of(group, this.#wire.deadline(), fresh);
			const answer =
				'host' in place
					? await this.#flow(place).run((lane) => this.#sendTo(place, api, args, doing, lane))
					: { errorCode: place.code, topics: [] };
			until ??= this.#wire.deadline();
			if (!hasMoved(answer) || performance.now() > until) return answer;
			await pause(100);
		}
	}

	async #sendTo<Args extends unknown[]>(
		to: Endpoint,
		api: Api<Args, PartitionAnswer>,
		args: Args,
		doing: string,
		lane: number,
	): Promise<PartitionAnswer> {
		const deadline = this.#wire.deadline();
		const connection = await this.#wire.connection(to, doing, deadline, lane);
		try {
			return await this.#wire.send(connection, api, args, doing, deadline);
		} catch (thrown) {
			throw outcomeUnknown(this.#wire.where, doing, thrown);
		}
	}

	#flow({ host, port }: Endpoint): Flow {
		const name = `${host}:${port}`;
		const flow = this.#flows.get(name) ?? new Flow();
		this.#flows.set(name, flow);
		return flow;
	}

	/** LeaveGroup on behalf of every member, which empties groups of both protocols. */
	async evict(group: string, reason: string): Promise<void> {
		const doing = `remove the members of group ${group}`;
		const members = await this.#allMembers(group);
		if (members.length === 0) return;
		const { leaveGroup } = await this.#wire.requests();
		const leaving = members.map(({ memberId, instanceId }) => ({
			memberId,
			groupInstanceId: instanceId,
			reason: reason.slice(0, 255),
		}));
		const deadline = this.#wire.deadline();
		for (let fresh = false; ; fresh = true) {
			const place = await this.#coordinators.of(group, deadline, fresh);
			if (!('host' in place)) await this.#wire.expectOk(place.code, doing);
			else {
				const answer = await this.#wire.ask(place, leaveGroup, [group, leaving], doing, deadline);
				const codes = [answer.errorCode, ...answer.members.map(({ errorCode }) => errorCode)];
				// A member that has left by itself is gone, as wanted.
				const failed = codes.find((code) => code !== 0 && code !== unknownMemberId && code !== groupIdNotFound);
				if (failed === undefined) return;
				if (!coordinatorMoved.has(failed) || performance.now() > deadline) await this.#wire.expectOk(failed, doing);
			}
			await pause(100);
		}
	}

	/** Of a group whose protocol is not known: the modern question answers GROUP_ID_NOT_FOUND for a classic group. */
	async #allMembers(group: string): Promise<Member[]> {
		for (const protocol of ['consumer', 'classic'] as const) {
			const item = (await membersOf(this.#wire, this.#coordinators, [group], protocol)).get(group);
			if (item && !item.ok) throw item.error;
			if (item?.ok && item.value.length > 0) return item.value;
		}
		return [];
	}
}

const hasMoved = ({ errorCode = 0, topics }: PartitionAnswer): boolean =>
	coordinatorMoved.has(errorCode) ||
	topics.some(({ partitions }) => partitions.some((answer) => coordinatorMoved.has(answer.errorCode)));

/** As requests list partitions: under the names of their topics. */
const byTopic = <T, P>(
	share: readonly At<T>[],
	partitionOf: (partition: number, value: T) => P,
): { name: string; partitions: P[] }[] =>
	[...Map.groupBy(share, ([{ topic }]) => topic)].map(([name, of]) => ({
		name,
		partitions: of.map(([{ partition }, value]) => partitionOf(partition, value)),
	}));
