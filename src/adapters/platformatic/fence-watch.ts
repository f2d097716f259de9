import { asKdrError } from '../../domain/errors/kdr-error.ts';
import { bad, good, type Item } from '../../domain/item.ts';
import type { AclBinding } from '../../ports/acls.ts';
import type { FenceWatch, OpenTransaction } from '../../ports/fence-watch.ts';
import { any, bindingsOf, permissions } from '../kafka-side/acl-codes.ts';
import type { Endpoint, Wire } from './wire.ts';

const openStates: ('Ongoing' | 'PrepareCommit' | 'PrepareAbort')[] = ['Ongoing', 'PrepareCommit', 'PrepareAbort'];
const everyDenial = {
	resourceType: any,
	resourceName: null,
	resourcePatternType: any,
	principal: null,
	host: null,
	operation: any,
	permissionType: permissions.deny,
};

export class PlatformaticFenceWatch implements FenceWatch {
	readonly #wire: Wire;

	constructor(wire: Wire) {
		this.#wire = wire;
	}

	async #brokers(doing: string): Promise<(Endpoint & { nodeId: number })[]> {
		const { metadata } = await this.#wire.requests();
		return (await this.#wire.askAny(metadata, [[], false, false], doing)).brokers;
	}

	async denials(): Promise<Map<number, Item<AclBinding[]>>> {
		const doing = 'see the denials of every broker';
		const { describeAcls } = await this.#wire.requests();
		const ask = async (to: Endpoint): Promise<Item<AclBinding[]>> => {
			try {
				// The library types codes and null names as narrower than the wire takes them.
				const answer = await this.#wire.ask(to, describeAcls, [everyDenial as never], doing);
				await this.#wire.expectOk(answer.errorCode, doing);
				return good(bindingsOf(answer.resources.map((one) => ({ ...one, resourceName: one.resourceName ?? '' }))));
			} catch (thrown) {
				return bad(asKdrError(thrown));
			}
		};
		const brokers = await this.#brokers(doing);
		return new Map(await Promise.all(brokers.map(async (broker) => [broker.nodeId, await ask(broker)] as const)));
	}

	async transactions(): Promise<OpenTransaction[]> {
		const doing = 'list open transactions';
		const brokers = await this.#brokers(doing);
		return (await Promise.all(brokers.map((broker) => this.#of(broker, doing)))).flat();
	}

	async #of(coordinator: Endpoint, doing: string): Promise<OpenTransaction[]> {
		const { listTransactions, describeTransactions } = await this.#wire.requests();
		const listed = await this.#wire.ask(coordinator, listTransactions, [openStates, [], -1n, null], doing);
		await this.#wire.expectOk(listed.errorCode, doing);
		const ids = listed.transactionStates.map(({ transactionalId }) => transactionalId);
		if (ids.length === 0) return [];
		const { transactionStates } = await this.#wire.ask(coordinator, describeTransactions, [ids], doing);
		// One that ended meanwhile, or may not be described, has an error code.
		return transactionStates
			.filter(({ errorCode }) => errorCode === 0)
			.map(
				({ transactionalId, producerId, transactionState, transactionStartTimeMs, transactionTimeoutMs, topics }) => ({
					transactionalId,
					producerId,
					state: transactionState,
					startedAt: transactionStartTimeMs,
					timeoutMs: transactionTimeoutMs,
					topics: topics.map(({ topic }) => topic),
				}),
			);
	}
}
