import { closest, distance } from 'fastest-levenshtein';

/** The known word somebody most likely meant; undefined when none is near. */
export function nearest(word: string, known: readonly string[]): string | undefined {
	const lower = known.map((name) => name.toLowerCase());
	if (lower.length === 0) return undefined;
	const found = closest(word.toLowerCase(), lower);
	const near = distance(word.toLowerCase(), found) <= Math.min(3, Math.max(1, Math.floor(found.length / 2)));
	return near ? known[lower.indexOf(found)] : undefined;
}

/** `did you mean ttl?`, or what there is. */
export function suggestion(word: string, known: readonly string[]): string {
	const close = nearest(word, known);
	if (close !== undefined) return `did you mean ${close}?`;
	return known.length === 0 ? 'there are none' : `known are ${known.join(', ')}`;
}
