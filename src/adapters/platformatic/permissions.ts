import type { Operation } from '../../ports/acls.ts';
import type { Allowed, Permissions } from '../../ports/permissions.ts';
import { operations } from '../kafka-side/acl-codes.ts';
import { Coordinators } from './coordinators.ts';
import { fanOutByBroker, slices } from './fan-out-by-broker.ts';
import type { Wire } from './wire.ts';

/** An answer is a bit field of codes; ALL is for ACLs only. */
const { all: _, ...codes } = operations;
/** What a broker answers that was not asked, or does not know. */
const notTold = -2_147_483_648;
const doing = 'ask what kdr may do';
const groupsPerRequest = 200;
/** DescribeCluster's endpoint type; v0 does not send it. */
const brokerEndpoints = 1 as const;

const allowed = (bits: number): Allowed =>
	bits === notTold
		? null
		: new Set((Object.keys(codes) as Operation[]).filter((operation) => bits & (1 << codes[operation])));

/** By Metadata v12, DescribeCluster v0 and DescribeGroups v5, with authorized operations included (KIP-430). */
export class PlatformaticPermissions implements Permissions {
	readonly #wire: Wire;
	readonly #coordinators: Coordinators;

	constructor(wire: Wire) {
		this.#wire = wire;
		this.#coordinators = new Coordinators(wire);
	}

	async cluster(): Promise<Allowed> {
		const { describeCluster } = await this.#wire.requests();
		const answer = await this.#wire.askAny(describeCluster, [true, brokerEndpoints], doing);
		await this.#wire.expectOk(answer.errorCode, doing);
		return allowed(answer.clusterAuthorizedOperations);
	}

	async topics(names: readonly string[]): Promise<Map<string, Allowed>> {
		if (names.length === 0) return new Map();
		const { metadata } = await this.#wire.requests();
		const answer = await this.#wire.askAny(metadata, [[...names], false, true], doing);
		return new Map(
			answer.topics.flatMap(({ name, errorCode, topicAuthorizedOperations }) =>
				name == null || errorCode !== 0 ? [] : [[name, allowed(topicAuthorizedOperations)]],
			),
		);
	}

	async groups(ids: readonly string[]): Promise<Map<string, Allowed>> {
		const { describeGroups } = await this.#wire.requests();
		const items = await fanOutByBroker<Allowed>(this.#wire, ids, {
			doing,
			locate: (keys, fresh, deadline) => this.#coordinators.locate(keys, fresh, deadline),
			ask: async (to, keys, deadline) => {
				const answers = await Promise.all(
					slices(keys, groupsPerRequest).map((share) =>
						this.#wire.ask(to, describeGroups, [share, true], doing, deadline),
					),
				);
				return new Map(
					answers
						.flatMap(({ groups }) => groups)
						.map(({ groupId, errorCode, authorizedOperations }) => [
							groupId,
							errorCode === 0 ? { value: allowed(authorizedOperations) } : { code: errorCode },
						]),
				);
			},
		});
		return new Map(ids.map((id) => [id, allowedOf(items.get(id))]));
	}
}

const allowedOf = (item: { ok: true; value: Allowed } | { ok: false } | undefined): Allowed =>
	item?.ok ? item.value : null;
