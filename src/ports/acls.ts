/** What can be done with a thing; Kafka's own words (AclOperation), lower case. */
export type Operation =
	| 'read'
	| 'write'
	| 'create'
	| 'delete'
	| 'alter'
	| 'describe'
	| 'cluster-action'
	| 'describe-configs'
	| 'alter-configs'
	| 'idempotent-write';

/** One ACL binding, in Kafka's own words (AclBinding). */
export interface AclBinding {
	resourceType: 'topic' | 'group' | 'cluster' | 'transactional-id';
	resourceName: string;
	patternType: 'literal' | 'prefixed';
	/** e.g. `User:app`. */
	principal: string;
	host: string;
	operation: 'all' | Operation;
	permission: 'allow' | 'deny';
}

export interface Acls {
	/** All bindings of the cluster. Throws KDR_NOT_PERMITTED without DESCRIBE on the cluster; KDR_KAFKA_ERROR without an authorizer. */
	list(): Promise<AclBinding[]>;
	create(bindings: readonly AclBinding[]): Promise<void>;
	/** Removes exactly these bindings; absent ones are no error. */
	remove(bindings: readonly AclBinding[]): Promise<void>;
}
