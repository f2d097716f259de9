import type { EffectiveValue, Origin } from '../domain/config/effective.ts';
import type { Screen } from './screen.ts';
import { table } from './table.ts';

/** Every effective value, and where it comes from if asked. */
export function renderConfig(
	values: readonly EffectiveValue[],
	screen: Screen,
	origins?: ReadonlyMap<string, Origin>,
): string {
	const columns = [{ title: 'KEY' }, { title: 'VALUE' }, ...(origins ? [{ title: 'FROM' }, { title: '' }] : [])];
	const rows = values.map(({ path, value }) => {
		const origin = origins?.get(path);
		return [
			path,
			Array.isArray(value) ? value.join(', ') : String(value),
			...(origin ? [origin.from, origin.where] : []),
		];
	});
	// Values are read to be compared and copied: they are never cut, however wide the line gets.
	return `${table(columns, rows, { screen: { ...screen, width: Number.POSITIVE_INFINITY } }).join('\n')}\n`;
}
