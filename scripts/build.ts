/** Bundles the CLI into dist/ and writes .oclif.manifest.json. `node scripts/build.ts` */
import { execFileSync } from 'node:child_process';
import { readFile, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { bundle } from './bundle.ts';

const root = fileURLToPath(new URL('..', import.meta.url));
const require = createRequire(import.meta.url);
const manifest = join(root, '.oclif.manifest.json');
const oclif = join(dirname(require.resolve('oclif/package.json')), 'bin/run.js');

await rm(join(root, 'dist'), { recursive: true, force: true });
await bundle(join(root, 'dist'));
execFileSync(process.execPath, [oclif, 'manifest'], { cwd: root, stdio: ['ignore', 'ignore', 'inherit'] });
await sortCommands();

/** oclif writes commands in the order in which the file system lists them: a build elsewhere must not change the file. */
async function sortCommands(): Promise<void> {
	const { commands, ...rest } = JSON.parse(await readFile(manifest, 'utf8')) as { commands: Record<string, unknown> };
	const sorted = Object.fromEntries(Object.entries(commands).sort(([a], [b]) => (a < b ? -1 : 1)));
	await writeFile(manifest, `${JSON.stringify({ commands: sorted, ...rest }, null, 2)}\n`);
}
