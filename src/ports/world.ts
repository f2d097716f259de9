import type { Acls } from './acls.ts';
import type { Canary } from './canary.ts';
import type { Clock } from './clock.ts';
import type { Cluster } from './cluster.ts';
import type { DnsAnswers, DnsZone } from './dns.ts';
import type { FenceWatch } from './fence-watch.ts';
import type { GroupOffsets } from './group-offsets.ts';
import type { Journal } from './journal.ts';
import type { Mirror } from './mirror.ts';
import type { Permissions } from './permissions.ts';
import type { Programs } from './programs.ts';
import type { Quotas } from './quotas.ts';
import type { RecordWriter } from './record-writer.ts';
import type { Records } from './records.ts';
import type { SalvagedFiles } from './salvaged-files.ts';

/** Everything kdr can reach of one side. */
export interface Side {
	readonly alias: string;
	readonly cluster: Cluster;
	readonly records: Records;
	readonly writer: RecordWriter;
	readonly groups: GroupOffsets;
	readonly acls: Acls;
	readonly watch: FenceWatch;
	readonly quotas: Quotas;
	readonly permissions: Permissions;
	/** null: kdr.yaml gives no credentials of an application. */
	readonly canary: Canary | null;
	/** The Connect cluster beside this Kafka cluster. */
	readonly mirror: Mirror;
	readonly journal: Journal;
}

/** The two sides of one link, the name its clients use, and time. Adapters connect on first use. */
export interface World {
	side(alias: string): Side;
	readonly dns: { readonly zone: DnsZone; readonly answers: DnsAnswers };
	readonly clock: Clock;
	/** What `exec` steps run. */
	readonly programs: Programs;
	/** What was salvaged into files. */
	readonly salvaged: SalvagedFiles;
	close(): Promise<void>;
}
