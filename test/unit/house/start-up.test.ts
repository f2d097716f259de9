import { spawnSync } from 'node:child_process';
import { cp, realpath, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import type { Metafile } from 'esbuild';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { bundle } from '../../../scripts/bundle.ts';
import { temporaryFolder } from '../../support/clean-up.ts';
import { commandClasses } from './commands.ts';

const root = fileURLToPath(new URL('../../..', import.meta.url));

/** Writes to stderr, when the process ends, what it loaded: files by URL, built-in modules by name; after all else, on one line. */
const spy = `
const { registerHooks } = require('node:module');
const files = [];
registerHooks({ load: (url, context, next) => { files.push(url); return next(url, context); } });
process.on('exit', () => {
	const builtIn = process.moduleLoadList.map((name) => name.replace('NativeModule ', ''));
	require('node:fs').writeSync(2, JSON.stringify({ files, builtIn }));
});`;

let home: string;
let metafile: Metafile;

beforeAll(async () => {
	home = await realpath(temporaryFolder('start-up'));
	metafile = await bundle(join(home, 'dist'));
	for (const file of ['bin', 'package.json', '.oclif.manifest.json'])
		await cp(join(root, file), join(home, file), { recursive: true });
	await writeFile(join(home, 'spy.cjs'), spy);
}, 60_000);

afterAll(() => rm(home, { recursive: true, force: true }));

/** Runs the bundle; `sources` are the files whose bundled form the process read. */
function start(...args: string[]): { stdout: string; sources: string[]; builtIn: string[] } {
	const { stdout, stderr } = spawnSync(process.execPath, ['--require', './spy.cjs', 'bin/run.js', ...args], {
		cwd: home,
		encoding: 'utf8',
	});
	const { files, builtIn } = JSON.parse(stderr.split('\n').at(-1) ?? '') as { files: string[]; builtIn: string[] };
	const inputs = new Map(
		Object.entries(metafile.outputs).map(([path, output]) => [pathToFileURL(join(root, path)).href, output.inputs]),
	);
	return { stdout, builtIn, sources: files.flatMap((url) => Object.keys(inputs.get(url) ?? {})) };
}

const slowPackages =
	/node_modules\/(?:kafkajs|@platformatic|@aws-sdk|@smithy|ora|inquirer|@inquirer|zod|yaml|luxon|ajv|dns-packet|wsl-utils)\//;
const slowBuiltIns = [
	'child_process',
	'crypto',
	'dns',
	'http',
	'perf_hooks',
	'readline',
	'tls',
	'worker_threads',
	'zlib',
];

test.each([
	{ args: ['--version'], says: /^kdr\/\d/ },
	{ args: ['lag', '--help'], says: /--watch/ },
	{ args: ['mirror', '--help'], says: /mirror reverse/ },
])('kdr $args loads oclif and nothing that a command needs', ({ args, says }) => {
	const { stdout, sources, builtIn } = start(...args);
	expect(stdout).toMatch(says);
	expect(sources.filter((path) => path.startsWith('src/')).sort()).toEqual(['src/cli/dispatch.ts', 'src/cli/main.ts']);
	expect(sources.filter((path) => slowPackages.test(path))).toEqual([]);
	expect(builtIn.filter((name) => slowBuiltIns.includes(name))).toEqual([]);
});

test.each([{ args: [] }, { args: ['--help'] }, { args: ['-h'] }])('kdr $args loads no package at all', ({ args }) => {
	const { stdout, sources, builtIn } = start(...args);
	expect(stdout).toMatch(/MOVE CLIENTS\n {2}switchover/);
	expect(sources).toContain('src/ui/root-help.ts');
	expect(sources.filter((path) => path.includes('node_modules/'))).toEqual([]);
	expect(sources.filter((path) => /^src\/(?:commands|engine|steps|observe|adapters|ports|lab)\//.test(path))).toEqual(
		[],
	);
	expect(builtIn.filter((name) => slowBuiltIns.includes(name))).toEqual([]);
});

test('kdr --help names every command, by itself or by its topic, and says a sentence of each', async () => {
	const { stdout } = start('--help');
	const listed = [...stdout.matchAll(/^ {2}(\S+(?: \S+)?) {2,}\S/gm)].map(([, name]) => name);
	expect(listed.length).toBeGreaterThan(15);
	const ids = [...(await commandClasses()).keys()];
	expect(ids.filter((id) => !listed.includes(id) && !listed.includes(id.split(' ')[0]))).toEqual([]);
	const topics = new Set(ids.filter((id) => id.includes(' ')).map((id) => id.split(' ')[0]));
	expect(listed.filter((name) => name && !ids.includes(name) && !topics.has(name))).toEqual([]);
});

test('a command that looks at a file only does not load the Kafka clients', () => {
	const { sources } = start('config', 'show', '--config', join(home, 'none.yaml'));
	expect(sources).toContain('src/commands/config/show.ts');
	expect(sources.filter((path) => /node_modules\/(?:kafkajs|@platformatic|@aws-sdk)\//.test(path))).toEqual([]);
});

test('help read by a program that leaves early is no error', () => {
	const { status, stderr } = spawnSync(
		'sh',
		['-c', `{ "$0" bin/run.js --help; echo "exit $?" >&2; } | true`, process.execPath],
		{
			cwd: home,
			encoding: 'utf8',
		},
	);
	expect({ status, stderr }).toEqual({ status: 0, stderr: 'exit 0\n' });
});

test('an unknown command is an error like any other: the envelope with --json, else the nearest command', () => {
	const { status, stdout } = spawnSync(process.execPath, ['bin/run.js', 'runs', 'lits', '--json'], {
		encoding: 'utf8',
		cwd: home,
	});
	expect(status).toBe(2);
	expect(JSON.parse(stdout)).toMatchObject({
		ok: false,
		data: null,
		error: { code: 'KDR_USAGE', hint: 'did you mean kdr runs list?' },
	});
	const plain = spawnSync(process.execPath, ['bin/run.js', 'nonsense'], { encoding: 'utf8', cwd: home });
	expect(plain.status).toBe(2);
	expect(plain.stderr).toContain('There is no command nonsense.');
});

test('a cluster typed without its flag is answered with the command to type', () => {
	const { status, stderr } = spawnSync(process.execPath, ['bin/run.js', 'switchover', 'west', '--dry-run'], {
		encoding: 'utf8',
		cwd: home,
	});
	expect(status).toBe(2);
	expect(stderr).toContain('kdr switchover --to west --dry-run\n');
});
