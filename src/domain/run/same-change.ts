/** Whether two JSON values are the same; the order of a list and of keys does not count: changes are sets. */
export const isSameChange = (a: unknown, b: unknown): boolean => canonical(a) === canonical(b);

function canonical(value: unknown): string {
	if (Array.isArray(value)) return `[${value.map(canonical).sort().join()}]`;
	if (typeof value !== 'object' || value === null) return JSON.stringify(value) ?? 'undefined';
	const fields = Object.entries(value).filter(([, field]) => field !== undefined);
	return `{${fields
		.map(([key, field]) => `${JSON.stringify(key)}:${canonical(field)}`)
		.sort()
		.join()}}`;
}
