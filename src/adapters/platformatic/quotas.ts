import type { Quotas } from '../../ports/quotas.ts';
import { outcomeUnknown } from '../kafka-side/broker-errors.ts';
import type { Wire } from './wire.ts';

const key = 'producer_byte_rate' as const;
/** ClientQuotaMatchTypes.EXACT */
const exact = 0 as const;
const silent: ReadonlySet<string> = new Set(['KDR_TIMEOUT', 'KDR_CLUSTER_UNREACHABLE']);

export class PlatformaticQuotas implements Quotas {
	readonly #wire: Wire;

	constructor(wire: Wire) {
		this.#wire = wire;
	}

	async producerRates(users: readonly string[]): Promise<Map<string, number | null>> {
		const doing = 'read the quotas of users';
		const { describeQuotas } = await this.#wire.requests();
		const read = async (user: string): Promise<number | null> => {
			const answer = await this.#wire.askAny(
				describeQuotas,
				[[{ entityType: 'user', matchType: exact, match: user }], true],
				doing,
			);
			await this.#wire.expectOk(answer.errorCode, doing);
			return answer.entries?.flatMap(({ values }) => values).find((value) => value.key === key)?.value ?? null;
		};
		return new Map(await Promise.all(users.map(async (user) => [user, await read(user)] as const)));
	}

	async setProducerRates(rates: ReadonlyMap<string, number | null>): Promise<void> {
		if (rates.size === 0) return;
		const doing = 'set the quotas of users';
		const { alterQuotas } = await this.#wire.requests();
		const entries = [...rates].map(([user, value]) => ({
			entities: [{ entityType: 'user' as const, entityName: user }],
			ops: [value === null ? { key, remove: true as const } : { key, value, remove: false as const }],
		}));
		try {
			const answer = await this.#wire.askAny(alterQuotas, [entries, false], doing);
			for (const { errorCode } of answer.entries) await this.#wire.expectOk(errorCode, doing);
		} catch (thrown) {
			if (silent.has((thrown as { code?: string }).code ?? '')) throw outcomeUnknown(this.#wire.where, doing, thrown);
			throw thrown;
		}
	}
}
