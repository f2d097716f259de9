/**
 * How long kdr takes for the offsets of many groups, against Kafka's own tools on the same cluster in the same minutes, start-up
 * included: setting them, translating them, and from far away. `npm run bench:offsets [-- --groups 1000] [-- --partitions 100]
 * [-- --json]`; needs a build, Java with its compiler, and a few minutes.
 */
import { execFile, spawn } from 'node:child_process';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs, promisify } from 'node:util';
import { javaCommand } from '../src/lab/preflight.ts';
import { type BenchEstate, benchEstate, bootstrapOf, topic } from './offsets/estate.ts';
import { far } from './offsets/far.ts';

const { values } = parseArgs({
	options: {
		groups: { type: 'string', default: '1000' },
		partitions: { type: 'string', default: '100' },
		runs: { type: 'string', default: '3' },
		rtts: { type: 'string', default: '50,100,200' },
		json: { type: 'boolean', default: false },
	},
});
const [groupCount, partitions, runs] = [values.groups, values.partitions, values.runs].map(Number) as [
	number,
	number,
	number,
];
/** Peers that start once per group are run for so many each time, and extrapolated. */
const sample = 4;
/** Calls of a translation that reads the whole checkpoints topic each time. */
const calls = 4;
const groups = Array.from({ length: groupCount }, (_, n) => `bench-${String(n).padStart(5, '0')}`);
const kdrBin = fileURLToPath(new URL('../bin/run.js', import.meta.url));
const through = new URL('./offsets/through.mjs', import.meta.url).href;
const [aloneMain, millionMain] = ['alone', 'million'].map((name) =>
	fileURLToPath(new URL(`./offsets/${name}.ts`, import.meta.url)),
) as [string, string];
const translateMain = fileURLToPath(new URL('./offsets/TranslateOffsets.java', import.meta.url));
const toolMain = 'org.apache.kafka.tools.consumer.group.ConsumerGroupCommand';

const setting = ['offsets', 'convert', '--to', 'west', '--to-latest', '--confirm', 'west', '--no-input'];
const translating = ['offsets', 'convert', '--to', 'west', '--method', 'checkpoint', '--policy', 'earliest'];

/** Milliseconds from the start of a process to its end. */
function timed(command: string, args: readonly string[], env: NodeJS.ProcessEnv): Promise<number> {
	const begun = performance.now();
	const child = spawn(command, args, { env, stdio: ['ignore', 'ignore', 'pipe'] });
	let stderr = '';
	child.stderr.on('data', (chunk) => (stderr += String(chunk)));
	return new Promise((resolve, reject) => {
		child.once('error', reject);
		child.once('close', (code) => {
			if (code === 0) resolve(performance.now() - begun);
			else reject(new Error(`${command} ${args.join(' ').slice(0, 300)} ended with ${code}: ${stderr.slice(-2_000)}`));
		});
	});
}

const kdr = (here: BenchEstate, args: readonly string[]): Promise<number> =>
	timed(process.execPath, [kdrBin, ...args], here.env);

const java = (here: BenchEstate, args: readonly string[]): Promise<number> =>
	timed(javaCommand(), ['-cp', `${here.state.jars}/*`, ...args], here.env);

/** Puts groups back to the start, which is as much work as what kdr does to bring them to the end. */
const reset = (here: BenchEstate, whom: readonly string[]): Promise<number> => {
	const where = ['--bootstrap-server', bootstrapOf(here.state, 'west'), '--command-config', here.properties];
	return java(here, [toolMain, ...where, '--reset-offsets', ...whom, '--topic', topic, '--to-earliest', '--execute']);
};

interface Row {
	what: string;
	ms: number;
	/** How often kdr's time goes into it. */
	ratio?: number;
	note?: string;
}

async function settingOffsets(here: BenchEstate): Promise<Row[]> {
	const [ours, oneJvm, perGroup]: [number[], number[], number[]] = [[], [], []];
	for (let run = 0; run < runs; run++) {
		ours.push(await kdr(here, setting));
		const each: number[] = [];
		for (const group of groups.slice(0, sample)) each.push(await reset(here, ['--group', group]));
		perGroup.push(median(each) * groups.length);
		oneJvm.push(await reset(here, ['--all-groups']));
	}
	return [
		{
			what: 'set: kdr offsets convert --to-latest --confirm',
			ms: median(ours),
			note: 'plan, journal, commit, read back',
		},
		{ what: 'set: kafka-consumer-groups --all-groups', ...against(ours, oneJvm), note: 'one JVM' },
		{
			what: 'set: kafka-consumer-groups --group',
			...against(ours, perGroup),
			note: `a JVM per group, extrapolated from ${sample * runs}`,
		},
	];
}

async function translatingOffsets(here: BenchEstate): Promise<Row[]> {
	const [ours, oneJvm]: [number[], number[]] = [[], []];
	for (let run = 0; run < runs; run++) {
		ours.push(await kdr(here, translating));
		oneJvm.push(await translateWithKafka(here));
	}
	return [
		{ what: 'translate: kdr offsets convert --method checkpoint', ms: median(ours), note: 'plan of all groups' },
		{
			what: 'translate: RemoteClusterUtils.translateOffsets',
			...against(ours, oneJvm),
			note: `one JVM, extrapolated from ${calls} calls at a time`,
		},
	];
}

/** One JVM that starts, translates a few groups, and would continue as fast as for the fastest of them. */
async function translateWithKafka(here: BenchEstate): Promise<number> {
	const of = groups.slice(0, calls);
	const begun = performance.now();
	const { stdout } = await promisify(execFile)(
		javaCommand(),
		['-cp', `${here.state.jars}/*`, translateMain, here.properties, bootstrapOf(here.state, 'west'), ...of],
		{ env: here.env },
	);
	const whole = performance.now() - begun;
	const each = stdout
		.split('\n')
		.filter((line) => line.startsWith('bench-'))
		.map((line) => Number(line.split(' ')[2]));
	return whole + Math.min(...each) * (groups.length - of.length);
}

/** The machine may be busy, and not always as much: only what was measured one right after the other is compared. */
const against = (ours: readonly number[], theirs: readonly number[]): Pick<Row, 'ms' | 'ratio'> => ({
	ms: median(theirs),
	ratio: median(theirs.map((ms, round) => ms / (ours[round] ?? ms))),
});

/** The same from far away: a whole run, and what the offsets alone take without its journal. */
async function fromFar({ state, env }: BenchEstate, rttMs: number): Promise<{ whole: number; alone: number }> {
	const addresses = [state.sides.east, state.sides.west].flatMap(({ brokers, connect }) => [
		...brokers.map(({ host, port }) => `${host}:${port}`),
		new URL(connect.url).host,
	]);
	const proxies = await far(addresses, rttMs);
	try {
		const distant = { ...env, BENCH_FAR: proxies.map };
		const node = (args: readonly string[]) => timed(process.execPath, ['--import', through, ...args], distant);
		return {
			whole: await node([kdrBin, ...setting]),
			alone: await node([aloneMain, join(state.dir, 'lab.json'), 'earliest']),
		};
	} finally {
		proxies.close();
	}
}

async function distances(here: BenchEstate): Promise<Row[]> {
	await reset(here, ['--all-groups']);
	const seen: { rtt: number; whole: number; alone: number }[] = [];
	for (const rtt of [0, ...values.rtts.split(',').map(Number)]) {
		const [whole, alone]: [number[], number[]] = [[], []];
		for (let run = 0; run < runs; run++) {
			const took = await fromFar(here, rtt);
			whole.push(took.whole);
			alone.push(took.alone);
		}
		seen.push({ rtt, whole: median(whole), alone: median(alone) });
	}
	const rowsOf = (of: 'whole' | 'alone', what: string): Row[] => {
		const note = `${slope(seen.map((one) => [one.rtt, one[of]])).toFixed(1)} round trips: by how much more time the way takes`;
		return seen
			.filter(({ rtt }) => rtt > 0)
			.map((one) => ({ what: `set, ${one.rtt} ms away: ${what}`, ms: one[of], note }));
	};
	return [...rowsOf('alone', 'plan, commit, read back'), ...rowsOf('whole', 'a whole run, journal included')];
}

/** Of the straight line nearest to the points. */
function slope(points: readonly (readonly [x: number, y: number])[]): number {
	const mean = (all: number[]): number => all.reduce((sum, n) => sum + n, 0) / all.length;
	const [midX, midY] = [mean(points.map(([x]) => x)), mean(points.map(([, y]) => y))];
	const spread = mean(points.map(([x]) => (x - midX) ** 2));
	return mean(points.map(([x, y]) => (x - midX) * (y - midY))) / spread;
}

/** A million offsets over ports in memory, with a bounded heap: kdr's own time and memory. */
async function million(): Promise<Row[]> {
	const heap = '--max-old-space-size=288';
	const { stdout } = await promisify(execFile)(process.execPath, [heap, millionMain, '1000', '10', '100']);
	const { rows, wrong, ms, rssMiB } = JSON.parse(stdout) as Record<'rows' | 'wrong' | 'ms' | 'rssMiB', number>;
	if (wrong > 0) throw new Error(`${wrong} of a million offsets are wrong`);
	return [
		{
			what: `set: ${rows.toLocaleString('en-US')} offsets, in memory`,
			ms,
			note: `${rssMiB} MiB resident, without a broker`,
		},
	];
}

function median(numbers: readonly number[]): number {
	const sorted = numbers.toSorted((a, b) => a - b);
	const middle = sorted.length / 2;
	return ((sorted[Math.ceil(middle) - 1] ?? 0) + (sorted[Math.floor(middle)] ?? 0)) / 2;
}

const show = ({ what, ms, ratio, note }: Row): string =>
	`${what.padEnd(52)} ${(ms / 1_000).toFixed(2).padStart(9)} s ${(ratio === undefined ? '' : `${ratio.toFixed(1)} ×`).padStart(10)}  ${note ?? ''}`;

const here = await benchEstate(groups, partitions);
for (const signal of ['SIGINT', 'SIGTERM'] as const)
	process.once(signal, () => void here.close().finally(() => process.exit(1)));
try {
	// The first start fills the caches (of code, of the file system) and does not count.
	await kdr(here, ['--version']);
	const rows: Row[] = [];
	for (const part of [settingOffsets, translatingOffsets, distances, million]) {
		const found = await part(here);
		process.stderr.write(`${found.map(show).join('\n')}\n`);
		rows.push(...found);
	}
	const head = `${groups.length} groups × ${partitions} partitions; start-up included; medians of ${runs}`;
	process.stdout.write(
		`${values.json ? JSON.stringify({ groups: groups.length, partitions, rows }) : [head, ...rows.map(show)].join('\n')}\n`,
	);
} finally {
	await here.close();
}
