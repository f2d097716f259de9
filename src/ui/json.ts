import { PartitionMap } from '../domain/kafka/partition.ts';

/** JSON for scripts: int64 as decimal strings, maps per partition as rows. `indent` 0: one line. */
export function toJson(value: unknown, indent = 2): string {
	return JSON.stringify(value, plain, indent);
}

function plain(_key: string, value: unknown): unknown {
	if (typeof value === 'bigint') return String(value);
	if (value instanceof PartitionMap)
		return [...value].map(([at, of]) => (typeof of === 'object' ? { ...at, ...of } : { ...at, value: of }));
	if (value instanceof Map) return Object.fromEntries(value);
	return value;
}
