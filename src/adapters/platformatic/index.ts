import type { ClusterConfig, SecretRef } from '../../domain/config/link.ts';
import type { Cluster } from '../../ports/cluster.ts';
import type { GroupOffsets } from '../../ports/group-offsets.ts';
import type { RecordWriter } from '../../ports/record-writer.ts';
import type { Records } from '../../ports/records.ts';
import { PlatformaticCluster } from './cluster.ts';
import { PlatformaticGroupOffsets } from './group-offsets.ts';
import { Leaders } from './leaders.ts';
import { PlatformaticRecordWriter } from './record-writer.ts';
import { PlatformaticRecords } from './records.ts';
import { Wire, type WireOptions } from './wire.ts';

/** The ports served by @platformatic/kafka, over one set of connections, opened on first use. */
export function createPlatformatic(
	config: ClusterConfig,
	secret: (ref: SecretRef) => Promise<string>,
	options: WireOptions,
): { cluster: Cluster; records: Records; writer: RecordWriter; groups: GroupOffsets; close(): Promise<void> } {
	const wire = new Wire(config, secret, options);
	const leaders = new Leaders(wire);
	return {
		cluster: new PlatformaticCluster(wire, leaders),
		records: new PlatformaticRecords(wire, leaders),
		writer: new PlatformaticRecordWriter(wire, leaders),
		groups: new PlatformaticGroupOffsets(wire),
		close: () => wire.close(),
	};
}
