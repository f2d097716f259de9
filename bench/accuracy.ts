/**
 * How well offsets are translated, on real MirrorMaker 2 with its worker killed in between: for groups from 0 to 100,000 records
 * behind, on four kinds of topics, what resuming costs by a copied offset, by time, by MirrorMaker's own sync and by kdr. The truth is
 * read from both logs. Then again from the standby alone, the primary killed. Ends with 1 when a claim of kdr does not hold.
 * `npm run bench:accuracy [-- --estate home|hostile|old|new|eos …]`, one after the other; needs a build, Java and a few minutes for each.
 */
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { createKafkaSide, type KafkaSide } from '../src/adapters/kafka-side/side.ts';
import { secretReader } from '../src/adapters/system/secrets.ts';
import { loadConfig } from '../src/adapters/yaml/config-file.ts';
import { PartitionMap } from '../src/domain/kafka/partition.ts';
import type { EstateName, LabState } from '../src/lab/estate.ts';
import { estates } from '../src/lab/estates/index.ts';
import { killSide, labDown, labUp } from '../src/lab/lab.ts';
import { screenOf } from '../src/ui/screen.ts';
import {
	age,
	compactSoon,
	Filler,
	killWorker,
	resumeMirror,
	stopCheckpoints,
	stopMirror,
	until,
} from './accuracy/estate.ts';
import { type Cost, judge } from './accuracy/judge.ts';
import { keyOfLog, type Logs, readLogs } from './accuracy/logs.ts';
import { firstLot, groups, type Kind, kinds, partitions, secondLot, timeOf } from './accuracy/topics.ts';
import { type Judged, report, type Said, wrongs } from './accuracy/verdict.ts';

const { values } = parseArgs({ options: { estate: { type: 'string', multiple: true, default: ['home'] } } });
const isEstate = (name: string): name is EstateName => name in estates;
/** On which it is measured. */
const wanted = values.estate.filter(isEstate);
const strange = values.estate.find((name) => !isEstate(name));
if (strange !== undefined) throw new Error(`no estate ${strange}: ${Object.keys(estates).join(', ')}`);

const lab = `accuracy-${process.pid}`;
const bin = fileURLToPath(new URL('../bin/run.js', import.meta.url));
const abort = new AbortController();
const { signal } = abort;
const began = performance.now();
const screen = screenOf(process.stdout, process.env);

const say = (text: string): void =>
	void process.stderr.write(`${((performance.now() - began) / 1_000).toFixed(1).padStart(6)} s  ${text}\n`);
const print = (text: string): void => void process.stdout.write(`${text}\n`);

interface Sides {
	east: KafkaSide;
	west: KafkaSide;
}
type Commits = Map<string, PartitionMap<bigint>>;

const places = kinds.flatMap(({ topic }) => partitions.map((partition) => ({ topic, partition })));

async function openSides({ dir }: LabState): Promise<Sides> {
	const { config } = await loadConfig({ flag: join(dir, 'kdr.yaml'), env: {}, cwd: dir });
	const { east, west } = config.clusters;
	if (!east || !west) throw new Error('the lab has no two clusters');
	return { east: createKafkaSide(east, secretReader(dir)), west: createKafkaSide(west, secretReader(dir)) };
}

async function lasts(side: KafkaSide): Promise<string> {
	const edges = await side.records.edges(places);
	const ends = PartitionMap.from([...edges].flatMap(([at, edge]) => (edge.ok ? [[at, edge.value.end] as const] : [])));
	const found = await side.records.last(ends, { isolation: 'committed' });
	return [...found]
		.map(([at, item]) => `${at.topic} ${at.partition} ${item.ok ? item.value?.value : item.error.message}`)
		.join('\n');
}

const drained = ({ east, west }: Sides): Promise<void> =>
	until('everything is mirrored', 300_000, signal, async () => (await lasts(east)) === (await lasts(west)));

/** Commits of every group on east: so far behind the end of each log. */
async function commitAll({ east }: Sides): Promise<Commits> {
	const edges = await east.records.edges(places);
	const commits: Commits = new Map();
	for (const { group, behind } of groups) {
		const offsets = edges.map((edge) => (edge.ok ? edge.value.end - BigInt(behind) : 0n));
		const done = await east.groups.commit(
			group,
			offsets.map((offset) => ({ offset, metadata: '' })),
		);
		for (const [at, item] of done)
			if (!item.ok) throw new Error(`${group} ${at.topic} ${at.partition}: ${item.error.message}`);
		commits.set(group, offsets);
	}
	return commits;
}

/** What MirrorMaker's own sync has set on west, once it no longer changes: it runs every second. */
async function synced({ west }: Sides): Promise<Commits> {
	let [seen, since] = ['', performance.now()];
	let now: Commits = new Map();
	await until("MirrorMaker's sync of the groups no longer changes", 120_000, signal, async () => {
		const held = await west.groups.committed(groups.map(({ group }) => group));
		now = new Map(
			[...held].flatMap(([group, item]) => (item.ok ? [[group, item.value.map(({ offset }) => offset)] as const] : [])),
		);
		const text = [...now].map(([group, of]) => `${group} ${[...of.values()]}`).join('\n');
		if (text !== seen) [seen, since] = [text, performance.now()];
		return performance.now() - since > 6_000;
	});
	return now;
}

/** The first record on west at or after the time of the one each group reads next. */
async function byTime({ west }: Sides, commits: Commits, east: Logs): Promise<Commits> {
	const found: Commits = new Map();
	const edges = await west.records.edges(places);
	for (const [group, offsets] of commits) {
		const times = new PartitionMap<bigint>();
		for (const [at, commit] of offsets) {
			const log = east.get(keyOfLog(at.topic, at.partition));
			const next = log?.numbers[log.offsets.findIndex((offset) => offset >= Number(commit))];
			const kind = kinds.find(({ topic }) => topic === at.topic)?.kind;
			if (next !== undefined && kind) times.set(at, BigInt(timeOf(kind, next)));
		}
		const at = await west.records.offsetsAt(times);
		found.set(
			group,
			edges.map((edge, where) => {
				const item = at.get(where);
				return item?.ok && item.value !== null ? item.value : edge.ok ? edge.value.lastStable : 0n;
			}),
		);
	}
	return found;
}

interface Row {
	group: string;
	topic: string;
	partition: number;
	next: string | null;
	proof: string;
	rereadAtMost: string | null;
	why: string;
}

/** `kdr offsets convert --to west`, as a person types it. */
async function ask({ dir }: LabState): Promise<Map<string, Said>> {
	const child = spawn(process.execPath, [bin, 'offsets', 'convert', '--to', 'west', '--json'], {
		env: { ...process.env, KDR_CONFIG: join(dir, 'kdr.yaml') },
		stdio: ['ignore', 'pipe', 'inherit'],
		signal,
	});
	let text = '';
	child.stdout.on('data', (chunk) => (text += String(chunk)));
	await new Promise((resolve, reject) => child.on('close', resolve).on('error', reject));
	const answer = JSON.parse(text) as { data: { rows: Row[] } | null; error: unknown };
	if (!answer.data) throw new Error(`kdr offsets convert: ${JSON.stringify(answer.error)}`);
	return new Map(
		answer.data.rows.map(({ group, topic, partition, next, proof, rereadAtMost, why }) => [
			`${group} ${keyOfLog(topic, partition)}`,
			{
				next: next === null ? null : Number(next),
				proof,
				rereadAtMost: rereadAtMost === null ? null : Number(rereadAtMost),
				why,
			},
		]),
	);
}

interface Found {
	commits: Commits;
	times: Commits;
	own: Commits;
	east: Logs;
	west: Logs;
	said: Map<string, Said>;
}

/** `change`: what a translator gone wrong would have said instead of kdr. */
function judged(
	{ commits, times, own, east, west, said }: Found,
	change: (row: Said, commit: number) => Said = (row) => row,
): Judged[] {
	return groups.flatMap(({ group, lag }) =>
		kinds.flatMap(({ kind, topic }) =>
			partitions.map((partition) => {
				const key = keyOfLog(topic, partition);
				const [source, target, row] = [east.get(key), west.get(key), said.get(`${group} ${key}`)];
				const commit = Number(commits.get(group)?.get({ topic, partition }));
				if (!source || !target || !row) throw new Error(`nothing known of ${group} ${key}`);
				const truth = judge({
					source,
					target,
					targetEnd: target.end,
					commit,
					numberedByOffset: kind !== 'transactional',
				});
				const answer = change(row, commit);
				const cost = (next: number | null | undefined): Cost | null => (next == null ? null : truth.cost(next));
				const offset = (from: Commits): number | null => {
					const value = from.get(group)?.get({ topic, partition });
					return value === undefined ? null : Number(value);
				};
				const costs = {
					naive: cost(commit),
					time: cost(offset(times)),
					mm2: cost(offset(own)),
					kdr: cost(answer.next),
				};
				return { group, kind: kind as Kind, topic, partition, lag, place: truth.place, costs, said: answer };
			}),
		),
	);
}

/** Translators that are wrong in ways people have been wrong: each must be found out, or the judge proves nothing. */
function sabotage(found: Found): string[] {
	const second = 6_000;
	const wrong: Record<string, (row: Said, commit: number) => Said> = {
		'one too far': (row) => ({ ...row, next: row.next === null ? null : row.next + 1 }),
		'copied as it is': (row, commit) => ({ ...row, next: commit }),
		'a second late': (row) => ({ ...row, next: row.next === null ? null : row.next + second }),
		'a second early, called exact': (row) => ({
			...row,
			proof: 'exact',
			next: row.next === null ? null : row.next - second,
		}),
	};
	return Object.entries(wrong).flatMap(([what, change]) =>
		wrongs(judged(found, change), null).length === 0 ? [`the judge does not notice a translator that is ${what}`] : [],
	);
}

async function fill(state: LabState, sides: Sides): Promise<void> {
	await stopMirror(state, signal);
	await compactSoon(state);
	const filler = await Filler.open(state, signal);
	try {
		say(`writing ${firstLot.toLocaleString('en-US')} offsets into each of ${places.length} partitions of east`);
		await filler.fill(firstLot);
		await age(state);
		say('waiting until east has compacted');
		await compacted(sides);
		say('the mirror catches up');
		await resumeMirror(state);
		await drained(sides);
		await commitAll(sides);
		await synced(sides);
		say('live writes, and the worker of the mirror is killed (SIGKILL) in between');
		const writing = filler.fill(firstLot + secondLot, 1_000);
		const killed = until('the second lot is being mirrored', 30_000, signal, async () => {
			const edge = (await sides.west.records.edges(places)).get({ topic: 'orders', partition: 0 });
			return edge?.ok === true && edge.value.end > BigInt(firstLot + secondLot / 4);
		}).then(() => killWorker(state, signal));
		await Promise.all([writing, killed]);
		await drained(sides);
	} finally {
		await filler.close();
	}
}

/** Compaction has happened once a fifth of the offsets hold no record any more. */
async function compacted({ east }: Sides): Promise<void> {
	for (const partition of partitions) {
		await until('east has compacted', 120_000, signal, async () => {
			let records = 0;
			const at = { topic: 'compacted', partition };
			for await (const _ of east.records.read(at, 0n, BigInt(firstLot / 2), { isolation: 'committed' })) records++;
			return records < (firstLot / 2) * 0.8;
		});
	}
}

async function bench(estate: EstateName): Promise<string[]> {
	say(`a lab of its own, "${lab}", as estate ${estate}`);
	const { state } = await labUp({ name: lab, estate, signal }, () => {});
	const sides = await openSides(state);
	try {
		await fill(state, sides);
		const commits = await commitAll(sides);
		const own = await synced(sides);
		say('asking kdr, and reading both logs from beginning to end');
		const said = await ask(state);
		const [east, west] = [await readLogs(state, 'east'), await readLogs(state, 'west')];
		const found = { commits, own, said, east, west, times: await byTime(sides, commits, east) };
		const up = judged(found);
		print(`\nEstate ${estate}, both clusters up.\n${report(up, screen)}\n`);
		say('the primary is killed; kdr answers from what the standby holds');
		await killSide(state, 'east');
		await Promise.all([stopMirror(state, signal), stopCheckpoints(state, signal)]);
		const alone = judged({ ...found, said: await ask(state), west: await readLogs(state, 'west') });
		print(`\nFrom the standby alone: a commit is known no newer than its last checkpoint.\n${report(alone, screen)}\n`);
		return [...wrongs(up, 100), ...wrongs(alone, null), ...sabotage(found)];
	} finally {
		await Promise.all([sides.east.close(), sides.west.close()]);
	}
}

// kafkajs sets timers into the past, of which Node would warn in the middle of our lines.
process.removeAllListeners('warning');
for (const name of ['SIGINT', 'SIGTERM'] as const) process.once(name, () => abort.abort(new Error(`ended by ${name}`)));
try {
	const wrong: string[] = [];
	for (const estate of wanted) {
		wrong.push(...(await bench(estate)).map((one) => `${estate}: ${one}`));
		await labDown(lab);
	}
	for (const one of wrong.slice(0, 20)) print(`✖ ${one}`);
	print(
		wrong.length === 0
			? 'Every claim holds, and four translators gone wrong were found out.'
			: `${wrong.length} claims do not hold.`,
	);
	process.exitCode = wrong.length === 0 ? 0 : 1;
} catch (error) {
	const why: unknown = signal.aborted ? signal.reason : error;
	process.stderr.write(`${why instanceof Error ? why.message : why}\n`);
	process.exitCode = 1;
} finally {
	await labDown(lab).catch(() => []);
	say('taken down');
}
