import type { Operation } from './acls.ts';

/** What may be done with a thing; null: the cluster does not say. */
export type Allowed = ReadonlySet<Operation> | null;

/** What the user kdr runs as may do, by the cluster's own answer (authorized operations); nothing is tried. */
export interface Permissions {
	cluster(): Promise<Allowed>;
	/** Of each topic that is there and may be seen. */
	topics(names: readonly string[]): Promise<Map<string, Allowed>>;
	/** Of each group, whether it is there or not. */
	groups(ids: readonly string[]): Promise<Map<string, Allowed>>;
}
