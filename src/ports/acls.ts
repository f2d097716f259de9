import type { AclBinding } from '../domain/fence/binding.ts';

export type { AclBinding };

/** What can be done with a thing; Kafka's own words (AclOperation), lower case. */
export type Operation = Exclude<AclBinding['operation'], 'all'>;

export interface Acls {
	/** All bindings of the cluster. Throws KDR_NOT_PERMITTED without DESCRIBE on the cluster; KDR_KAFKA_ERROR without an authorizer. */
	list(): Promise<AclBinding[]>;
	create(bindings: readonly AclBinding[]): Promise<void>;
	/** Removes exactly these bindings; absent ones are no error. */
	remove(bindings: readonly AclBinding[]): Promise<void>;
}
