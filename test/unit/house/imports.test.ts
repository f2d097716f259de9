import { glob, readFile } from 'node:fs/promises';
import { join, normalize } from 'node:path';
import { beforeAll, expect, test } from 'vitest';
import { root } from './commands.ts';

/** Every file of src/ and what it imports: files by their path, packages by their name; types and lazy imports too. */
type Imports = ReadonlyMap<string, readonly string[]>;

let imports: Imports;

beforeAll(async () => {
	const files = (await Array.fromAsync(glob('src/**/*.ts', { cwd: root }))).sort();
	imports = new Map(
		await Promise.all(
			files.map(async (file) => [file, importsOf(file, await readFile(join(root, file), 'utf8'))] as const),
		),
	);
});

function importsOf(file: string, source: string): string[] {
	return [...source.matchAll(/(?:\bfrom|\bimport)\s*\(?\s*'([^']+)'/g)].map(([, specifier = '']) =>
		specifier.startsWith('.') ? normalize(join(file, '..', specifier)) : specifier,
	);
}

/** Files that reach each other (Tarjan's strongly connected components of more than one file). */
function circles(graph: Imports): string[][] {
	const found: string[][] = [];
	const order = new Map<string, number>();
	const low = new Map<string, number>();
	const path: string[] = [];
	const visit = (file: string): void => {
		order.set(file, order.size);
		low.set(file, order.size - 1);
		path.push(file);
		for (const other of graph.get(file) ?? []) {
			if (!graph.has(other)) continue;
			if (!order.has(other)) visit(other);
			else if (!path.includes(other)) continue;
			low.set(file, Math.min(low.get(file) ?? 0, low.get(other) ?? 0));
		}
		if (low.get(file) !== order.get(file)) return;
		const circle = path.splice(path.indexOf(file)).sort();
		if (circle.length > 1 || graph.get(file)?.includes(file)) found.push(circle);
	};
	for (const file of graph.keys()) if (!order.has(file)) visit(file);
	return found;
}

/** Every file and package that `entries` load or may load. */
function reach(graph: Imports, entries: readonly string[]): Set<string> {
	const reached = new Set(entries);
	for (const file of reached) for (const other of graph.get(file) ?? []) reached.add(other);
	return reached;
}

test('no file of src/ imports itself by way of others, not even for a type', () => {
	expect(imports.size).toBeGreaterThan(200);
	expect(circles(imports)).toEqual([]);
});

test('a circle is found wherever it is: of two files, of three by a type, of one with itself', () => {
	const graph = new Map(
		Object.entries({
			a: importsOf('a', "import { b } from './b';"),
			b: importsOf('b', "export type { A } from './a';\nimport './c';"),
			c: importsOf('c', "const d = () => import('./d');"),
			d: importsOf('d', "import type {\n\tE,\n} from './e';"),
			e: importsOf('e', "import { z } from 'zod';\nimport { c } from './c';"),
			f: importsOf('f', "import './f';\nimport './a';"),
		}),
	);
	expect(circles(graph)).toEqual([['c', 'd', 'e'], ['a', 'b'], ['f']]);
});

test('nothing but the commands of the lab can load the lab, or a file only the lab needs', () => {
	const entries = ['src/cli/main.ts', ...imports.keys()].filter(
		(file) => file === 'src/cli/main.ts' || /^src\/commands\/(?!lab\/)/.test(file),
	);
	expect(entries.length).toBeGreaterThan(20);
	const withoutLab = reach(imports, entries);
	expect([...withoutLab].filter((file) => file.startsWith('src/lab/'))).toEqual([]);
	const lab = [...imports.keys()].filter((file) => /^src\/(?:commands\/lab|lab)\//.test(file));
	expect(lab.length).toBeGreaterThan(20);
	// What the lab alone needs is in its own rooms, or is one of these.
	const onlyLab = [...reach(imports, lab)].filter((file) => imports.has(file) && !withoutLab.has(file));
	expect(onlyLab.filter((file) => !lab.includes(file))).toEqual(['src/cli/lab-command.ts']);
});
