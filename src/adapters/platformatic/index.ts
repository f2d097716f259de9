import type { ClusterConfig, SecretRef } from '../../domain/config/link.ts';
import type { Cluster } from '../../ports/cluster.ts';
import type { FenceWatch } from '../../ports/fence-watch.ts';
import type { GroupOffsets } from '../../ports/group-offsets.ts';
import type { Permissions } from '../../ports/permissions.ts';
import type { Quotas } from '../../ports/quotas.ts';
import type { RecordWriter } from '../../ports/record-writer.ts';
import type { Records } from '../../ports/records.ts';
import { PlatformaticCluster } from './cluster.ts';
import { PlatformaticFenceWatch } from './fence-watch.ts';
import { PlatformaticGroupOffsets } from './group-offsets.ts';
import { Leaders } from './leaders.ts';
import { LockedProducer } from './locked-producer.ts';
import { PlatformaticPermissions } from './permissions.ts';
import { PlatformaticQuotas } from './quotas.ts';
import { PlatformaticRecordWriter } from './record-writer.ts';
import { PlatformaticRecords } from './records.ts';
import { Wire, type WireOptions } from './wire.ts';

/** The ports served by @platformatic/kafka, over one set of connections, opened on first use. */
export function createPlatformatic(
	config: ClusterConfig,
	secret: (ref: SecretRef) => Promise<string>,
	options: WireOptions,
): {
	cluster: Cluster;
	records: Records;
	writer: RecordWriter;
	groups: GroupOffsets;
	watch: FenceWatch;
	quotas: Quotas;
	permissions: Permissions;
	/** A transactional producer that is a lock. */
	lock(id: string): Promise<LockedProducer>;
	/** Connects for a lock that writes to the topic, before it is taken. */
	prepareLock(id: string, topic: string): Promise<void>;
	close(): Promise<void>;
} {
	const wire = new Wire(config, secret, options);
	const leaders = new Leaders(wire);
	return {
		cluster: new PlatformaticCluster(wire, leaders),
		records: new PlatformaticRecords(wire, leaders),
		writer: new PlatformaticRecordWriter(wire, leaders),
		groups: new PlatformaticGroupOffsets(wire),
		watch: new PlatformaticFenceWatch(wire),
		quotas: new PlatformaticQuotas(wire),
		permissions: new PlatformaticPermissions(wire),
		lock: (id) => LockedProducer.take(wire, leaders, id),
		prepareLock: (id, topic) => LockedProducer.prepare(wire, leaders, id, topic),
		close: () => wire.close(),
	};
}
