import { randomInt } from 'node:crypto';
import { applyBatch, type Change, keyOf, type Records, type ZoneRecord } from './batch.ts';
import type { LabDnsSettings } from './options.ts';

/** The zone as one name server sees it at one moment. */
export interface Snapshot {
	zone: string;
	serial: number;
	records: Records;
}

export interface AcceptedChange {
	id: string;
	submittedAt: Date;
	status: 'PENDING' | 'INSYNC';
}

interface Version extends Snapshot {
	/** When each name server gets it, ms since the epoch. */
	visibleAt: number[];
	insyncAt: number;
}

/** The emulated hosted zone: what its control plane holds, and what each of its name servers has got of it so far. */
export interface LabZone {
	readonly id: string;
	readonly name: string;
	/** Sorted as Route 53 lists them: by labels from the right, then by type. */
	list(): ZoneRecord[];
	/** All or nothing. */
	change(changes: readonly Change[], pendingForever: boolean): { accepted: AcceptedChange } | { errors: string[] };
	find(changeId: string): AcceptedChange | null;
	pending(): boolean;
	/** How many changes were accepted. */
	changes(): number;
	snapshot(server: number): Snapshot;
}

export function createZone(settings: LabDnsSettings): LabZone {
	const { id, name } = settings.zone;
	const servers = settings.servers.length;
	const versions: Version[] = [
		{ zone: name, serial: 1, records: firstRecords(settings), visibleAt: Array(servers).fill(0), insyncAt: 0 },
	];
	const changes = new Map<string, { version: Version; submittedAt: Date }>();
	const newest = (): Version => versions.at(-1) as Version;
	const describe = (changeId: string): AcceptedChange | null => {
		const change = changes.get(changeId);
		if (change === undefined) return null;
		return {
			id: changeId,
			submittedAt: change.submittedAt,
			status: Date.now() >= change.version.insyncAt ? 'INSYNC' : 'PENDING',
		};
	};
	return {
		id,
		name,
		list: () =>
			[...newest().records.values()].sort((a, b) =>
				compare(sortKey(a.name, a.type, a.setIdentifier), sortKey(b.name, b.type, b.setIdentifier)),
			),
		change(wanted, pendingForever) {
			const result = applyBatch(name, newest().records, wanted);
			if ('errors' in result) return result;
			const now = Date.now();
			const version = {
				zone: name,
				serial: newest().serial + 1,
				records: result.records,
				...times(settings, now, pendingForever),
			};
			versions.push(version);
			const changeId = `C${randomInt(2 ** 40)
				.toString(36)
				.toUpperCase()
				.padStart(8, '0')}`;
			changes.set(changeId, { version, submittedAt: new Date(now) });
			return {
				accepted: {
					id: changeId,
					submittedAt: new Date(now),
					status: Date.now() >= version.insyncAt ? 'INSYNC' : 'PENDING',
				},
			};
		},
		find: describe,
		changes: () => changes.size,
		pending: () => versions.some((version) => Date.now() < version.insyncAt),
		snapshot: (server) => versions.findLast((version) => Date.now() >= (version.visibleAt[server] ?? 0)) ?? newest(),
	};
}

/** The servers get a change one after the other, the last of them before it is INSYNC. */
function times(
	settings: LabDnsSettings,
	now: number,
	pendingForever: boolean,
): Pick<Version, 'visibleAt' | 'insyncAt'> {
	const { propagationMs, servers } = settings;
	const visibleAt = servers.map((_server, index) => {
		const never = pendingForever && index > 0;
		return never ? Number.POSITIVE_INFINITY : now + (propagationMs * (2 * index + 1)) / (2 * servers.length);
	});
	return { visibleAt, insyncAt: pendingForever ? Number.POSITIVE_INFINITY : now + propagationMs };
}

function firstRecords(settings: LabDnsSettings): Records {
	const { name } = settings.zone;
	const hosts = settings.servers.map((_server, index) => `ns${index + 1}.${name}`);
	const soa = `${hosts[0]} hostmaster.${name} 1 7200 900 1209600 5`;
	const records: ZoneRecord[] = [
		{ name, type: 'NS', ttl: 172_800, values: hosts },
		{ name, type: 'SOA', ttl: 900, values: [soa] },
		...settings.servers.map((server, index) => ({
			name: hosts[index] ?? '',
			type: server.host.includes(':') ? 'AAAA' : 'A',
			ttl: 172_800,
			values: [server.host],
		})),
		...settings.records,
	];
	return new Map(records.map((record) => [keyOf(record.name, record.type, record.setIdentifier), record]));
}

export const compare = (left: string, right: string): number => (left < right ? -1 : left > right ? 1 : 0);

/** Route 53 lists `a.b.example.` under `example.b.a.`. */
export const sortKey = (name: string, type: string, setIdentifier = ''): string =>
	`${name.split('.').reverse().join('.')} ${type} ${setIdentifier}`.trimEnd();
