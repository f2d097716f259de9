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
const [groupCount, partitions, runs] = [values.groups, values.partitions, values.runs].map(Number) as [number, number, number];
/** Peers that start once per group are run for so many, and extrapolated. */
const sample = 10;
/** Calls of a translation that reads the whole checkpoints topic each time. */
const calls = 3;
const groups = Array.from({ length: groupCount }, (_, n) => `bench-${String(n).padStart(5, '0')}`);
const kdrBin = fileURLToPath(new URL('../bin/run.js', import.meta.url));
const through = new URL('./offsets/through.mjs', import.meta.url).href;
const [aloneMain, millionMain] = ['alone', 'million'].map((name) => fileURLToPath(new URL(`./offsets/${name}.ts`, import.meta.url))) as [
	string,
	string,
];
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

const kdr = (here: BenchEstate, args: readonly string[]): Promise<number> => timed(process.execPath, [kdrBin, ...args], here.env);

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
	const [ours, oneJvm]: [number[], number[]] = [[], []];
	for (let run = 0; run < runs; run++) {
		ours.push(await kdr(here, setting));
		oneJvm.push(await reset(here, ['--all-groups']));
	}
	const perGroup: number[] = [];
	for (const group of groups.slice(0, sample)) perGroup.push(await reset(here, ['--group', group]));
	const [ms, one, each] = [median(ours), median(oneJvm), median(perGroup) * groups.length];
	return [
		{ what: 'set: kdr offsets convert --to-latest --confirm', ms, note: 'plan, journal, commit, read back' },
		{ what: 'set: kafka-consumer-groups --all-groups', ms: one, ratio: one / ms, note: 'one JVM' },
		{
			what: 'set: kafka-consumer-groups --group',
			ms: each,
			ratio: each / ms,
			note: `a JVM per group, extrapolated from ${perGroup.length}`,
		},
	];
}

async function translatingOffsets(here: BenchEstate): Promise<Row[]> {
	const ours: number[] = [];
	for (let run = 0; run < runs; run++) ours.push(await kdr(here, translating));
	const call = (count: number): Promise<number> =>
		java(here, [translateMain, here.properties, bootstrapOf(here.state, 'west'), ...groups.slice(0, count)]);
	// Its start-up is paid once, however many groups follow.
	const [one, some] = [await call(1), await call(1 + calls)];
	const [ms, all] = [median(ours), one + ((some - one) / calls) * (groups.length - 1)];
	return [
		{ what: 'translate: kdr offsets convert --method checkpoint', ms, note: 'plan of all groups' },
		{
			what: 'translate: RemoteClusterUtils.translateOffsets',
			ms: all,
			ratio: all / ms,
			note: `one JVM, extrapolated from ${calls} calls`,
		},
	];
}

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
		return { whole: await node([kdrBin, ...setting]), alone: await node([aloneMain, join(state.dir, 'lab.json'), 'earliest']) };
	} finally {
		proxies.close();
	}
}

async function distances(here: BenchEstate): Promise<Row[]> {
	await reset(here, ['--all-groups']);
	const near = await fromFar(here, 0);
	const rows: Row[] = [];
	for (const rtt of values.rtts.split(',').map(Number)) {
		const away = await fromFar(here, rtt);
		const trips = (of: 'whole' | 'alone'): string => `${((away[of] - near[of]) / rtt).toFixed(1)} round trips`;
		rows.push({ what: `set, ${rtt} ms away: plan, commit, read back`, ms: away.alone, note: trips('alone') });
		rows.push({ what: `set, ${rtt} ms away: a whole run, journal included`, ms: away.whole, note: trips('whole') });
	}
	return rows;
}

/** A million offsets over ports in memory, with a bounded heap: kdr's own time and memory. */
async function million(): Promise<Row[]> {
	const heap = '--max-old-space-size=320';
	const { stdout } = await promisify(execFile)(process.execPath, [heap, millionMain, '1000', '10', '100']);
	const { rows, wrong, ms, rssMiB } = JSON.parse(stdout) as Record<'rows' | 'wrong' | 'ms' | 'rssMiB', number>;
	if (wrong > 0) throw new Error(`${wrong} of a million offsets are wrong`);
	return [{ what: `set: ${rows.toLocaleString('en-US')} offsets, in memory`, ms, note: `${rssMiB} MiB resident, without a broker` }];
}

function median(numbers: readonly number[]): number {
	const sorted = numbers.toSorted((a, b) => a - b);
	const middle = sorted.length / 2;
	return ((sorted[Math.ceil(middle) - 1] ?? 0) + (sorted[Math.floor(middle)] ?? 0)) / 2;
}

const show = ({ what, ms, ratio, note }: Row): string =>
	`${what.padEnd(52)} ${(ms / 1_000).toFixed(2).padStart(9)} s ${(ratio === undefined ? '' : `${ratio.toFixed(1)} ×`).padStart(10)}  ${note ?? ''}`;

const here = await benchEstate(groups, partitions);
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => void here.close().finally(() => process.exit(1)));
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
