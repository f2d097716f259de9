import { execFile } from 'node:child_process';
import { copyFile, mkdir, readdir, rm, writeFile } from 'node:fs/promises';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { z } from 'zod';
import { temporaryFolder } from '../../support/clean-up.ts';

const root = fileURLToPath(new URL('../../..', import.meta.url));

/** What each room may import besides itself (docs/adr/0001-one-engine.md); everything else of `rooms` must be refused. */
const mayImport: Record<string, readonly string[]> = {
	domain: [],
	ports: ['domain'],
	observe: ['ports', 'domain'],
	steps: ['observe', 'ports', 'domain'],
	engine: ['steps', 'ports', 'domain'],
	adapters: ['ports', 'domain'],
	lab: ['ports', 'domain'],
	ui: ['domain'],
	cli: ['ui', 'engine', 'observe', 'ports', 'domain'],
	commands: ['cli', 'ui', 'engine', 'observe', 'steps', 'ports', 'domain'],
	'commands/lab': ['commands', 'lab', 'cli', 'ui', 'ports', 'domain'],
};
const rooms = ['commands', 'cli', 'ui', 'engine', 'observe', 'steps', 'domain', 'ports', 'adapters', 'lab'];

const libraries: Record<string, readonly string[]> = {
	ora: ['ui'],
	inquirer: ['ui'],
	'@oclif/core': ['cli', 'commands', 'commands/lab'],
	kafkajs: ['adapters', 'lab'],
	'@platformatic/kafka': ['adapters', 'lab'],
	'@aws-sdk/client-route-53': ['adapters', 'lab'],
};

interface Seed {
	file: string;
	source: string;
	/** Rules that must fire; none: the file must pass. */
	fires: readonly string[];
}

const restricted = 'lint/style/noRestrictedImports';
const importing = (specifier: string): string => `import { thing } from '${specifier}';\nexport const other = thing;\n`;
const fires = (allowed: boolean): string[] => (allowed ? [] : [restricted]);

function* seeds(): Generator<Seed> {
	for (const [room, allowed] of Object.entries(mayImport)) {
		for (const other of rooms) {
			if (other === room) continue;
			// From a folder of the room's own, so that the path has to climb.
			const file = `src/${room}/deep/imports-${other}.ts`;
			const target = `${relative(dirname(file), `src/${other}`)}/thing.ts`;
			yield { file, source: importing(target), fires: fires(allowed.includes(other)) };
		}
		for (const [library, at] of Object.entries(libraries)) {
			const file = `src/${room}/library-${library.replaceAll(/\W/g, '-')}.ts`;
			yield { file, source: importing(library), fires: fires(at.includes(room)) };
		}
	}
	yield { file: 'src/domain/inside.ts', source: importing('kafkajs/src/cluster/index.js'), fires: [restricted] };
	yield { file: 'src/commands/switchover.ts', source: importing('../lab/lab.ts'), fires: [restricted] };
	yield {
		file: 'src/domain/lazily.ts',
		source: "export const load = () => import('../adapters/kafkajs/index.ts');\n",
		fires: [restricted],
	};
	yield {
		file: 'src/domain/typed.ts',
		source: "export type { Side } from '../ports/world.ts';\n",
		fires: [restricted],
	};
	yield { file: 'src/steps/mirror/neighbour.ts', source: importing('../offsets/thing.ts'), fires: [restricted] };
	yield {
		file: 'src/steps/offsets/neighbour-type.ts',
		source: "export type { Thing } from '../fence/thing.ts';\n",
		fires: [restricted],
	};
	yield { file: 'src/steps/mirror/shared.ts', source: importing('../kind.ts'), fires: [] };
	yield { file: 'src/steps/mirror/own.ts', source: importing('./mirror-stop.ts'), fires: [] };
	yield { file: 'src/steps/registry.ts', source: importing('./mirror/mirror-stop.ts'), fires: [] };
	yield { file: 'src/cli/knows-kinds.ts', source: importing('../steps/registry.ts'), fires: [] };
	yield { file: 'src/cli/knows-a-kind.ts', source: importing('../steps/kind.ts'), fires: [restricted] };
	yield { file: 'src/cli/compose.ts', source: importing('../adapters/route53/route53-zone.ts'), fires: [] };
	yield {
		file: 'src/domain/a.ts',
		source: "import { b } from './b.ts';\nexport const a = () => b;\n",
		fires: ['lint/suspicious/noImportCycles'],
	};
	yield {
		file: 'src/domain/b.ts',
		source: "import { a } from './a.ts';\nexport const b = () => a;\n",
		fires: ['lint/suspicious/noImportCycles'],
	};
	yield {
		file: 'src/engine/says.ts',
		source: "export const say = () => console.log('hello');\n",
		fires: ['lint/suspicious/noConsole'],
	};
	yield { file: 'src/engine/plain.ts', source: 'export default 1;\n', fires: ['lint/style/noDefaultExport'] };
}

const answer = z.object({
	diagnostics: z.array(z.object({ category: z.string(), location: z.object({ path: z.string() }) })),
});

let dir: string;
const found = new Map<string, string[]>();

/** The project's own biome.json over a tree of seeded files, in one run. */
beforeAll(async () => {
	dir = temporaryFolder('house');
	await copyFile(join(root, 'biome.json'), join(dir, 'biome.json'));
	for (const { file, source } of seeds()) {
		await mkdir(dirname(join(dir, file)), { recursive: true });
		await writeFile(join(dir, file), source);
	}
	const biome = join(root, 'node_modules/@biomejs/biome/bin/biome');
	const args = [biome, 'lint', '--vcs-enabled=false', '--reporter=json', '--max-diagnostics=none', 'src'];
	const { stdout } = await promisify(execFile)(process.execPath, args, {
		cwd: dir,
		timeout: 60_000,
		maxBuffer: 16 * 1024 * 1024,
	}).catch(
		// Violations make it exit with 1.
		(failed: { stdout?: string }) => ({ stdout: failed.stdout ?? '' }),
	);
	for (const { category, location } of answer.parse(JSON.parse(stdout)).diagnostics) {
		found.set(location.path, [...(found.get(location.path) ?? []), category]);
	}
}, 90_000);

afterAll(() => rm(dir, { recursive: true, force: true }));

test('an import across a forbidden boundary is a lint error, an allowed one is not', () => {
	const wanted = Object.fromEntries([...seeds()].map(({ file, fires: rules }) => [file, [...rules]]));
	const got = Object.fromEntries([...seeds()].map(({ file }) => [file, [...new Set(found.get(file) ?? [])]]));
	expect(got).toEqual(wanted);
});

test('every room of src/ has its rules: a new folder is added here and in biome.json', async () => {
	const there = (await readdir(join(root, 'src'), { withFileTypes: true })).filter((entry) => entry.isDirectory());
	expect(there.map(({ name }) => name).sort()).toEqual([...rooms].sort());
});
