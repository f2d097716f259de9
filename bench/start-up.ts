/**
 * How long kdr takes to start, against a bare Node on the same machine in the same minute: medians of interleaved runs, so
 * that a busy machine slows all of them equally. `npm run bench [-- --runs 31] [-- --json]`; needs a build.
 */
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';

const root = fileURLToPath(new URL('..', import.meta.url));
const cases = {
	node: ['-e', '0'],
	'kdr --version': ['bin/run.js', '--version'],
	'kdr --help': ['bin/run.js', '--help'],
	'kdr lag --help': ['bin/run.js', 'lag', '--help'],
};

const { values } = parseArgs({
	options: { runs: { type: 'string', default: '21' }, json: { type: 'boolean', default: false } },
});
const runs = Number(values.runs);
if (!Number.isInteger(runs) || runs < 1) throw new Error(`--runs ${values.runs}: wanted a whole number of at least 1`);

/** Milliseconds from the start of the process to its end. */
function timed(args: string[]): number {
	const start = performance.now();
	const { status, stderr } = spawnSync(process.execPath, args, { cwd: root, encoding: 'utf8' });
	if (status !== 0) throw new Error(`node ${args.join(' ')} ended with ${status}: ${stderr}`);
	return performance.now() - start;
}

function median(numbers: number[]): number {
	const sorted = numbers.toSorted((a, b) => a - b);
	const middle = sorted.length / 2;
	return ((sorted[Math.ceil(middle) - 1] ?? 0) + (sorted[Math.floor(middle)] ?? 0)) / 2;
}

const times = new Map(Object.keys(cases).map((name) => [name, [] as number[]]));
// The first round fills the caches (of code, of the file system) and does not count.
for (let round = 0; round <= runs; round++) {
	for (const [name, args] of Object.entries(cases)) {
		const ms = timed(args);
		if (round > 0) times.get(name)?.push(ms);
	}
}

const bare = median(times.get('node') ?? []);
const rows = [...times].map(([name, all]) => ({ name, ms: median(all), ratio: median(all) / bare }));
const text = rows
	.map(({ name, ms, ratio }) => `${name.padEnd(16)} ${ms.toFixed(1).padStart(7)} ms  ${ratio.toFixed(2)} × node`)
	.join('\n');
process.stdout.write(`${values.json ? JSON.stringify({ node: process.version, runs, rows }) : text}\n`);
