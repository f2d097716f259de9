/** `producer_byte_rate` of users, in bytes per second; null: no quota of their own. */
export interface Quotas {
	/** Of these users, names without `User:`. Throws KDR_NOT_PERMITTED without DESCRIBE_CONFIGS on the cluster. */
	producerRates(users: readonly string[]): Promise<Map<string, number | null>>;
	/** Sets or, with null, removes. Throws KDR_NOT_PERMITTED without ALTER_CONFIGS on the cluster. */
	setProducerRates(rates: ReadonlyMap<string, number | null>): Promise<void>;
}
