/** Words for a number of things, and for many names. */

export const count = (n: number | bigint, one: string, many = `${one}s`): string =>
	`${n.toLocaleString('en-US')} ${Number(n) === 1 ? one : many}`;

export const list = (names: readonly string[], most = 5): string =>
	names.length <= most ? names.join(', ') : `${names.slice(0, most).join(', ')} and ${names.length - most} more`;
