import fc from 'fast-check';
import type { FakeKafka } from '../fakes/kafka.ts';
import type { FakeLog } from '../fakes/log.ts';
import { at, type Estate, estate } from './estate.ts';

type Counted = { do: 'write' | 'abort' | 'skip' | 'copy' | 'restart' | 'retain'; count: number };
type Plain = { do: 'copy-all' | 'compact-source' | 'compact-target' | 'recreate' | 'lose-syncs' | 'keep-syncs' };
type Act = Counted | Plain;

/** How the two clusters and the mirror are set up, and what happens to them. All records differ: see docs/fine-print.md. */
export interface Story {
	start: number;
	location: 'source' | 'target';
	exactlyOnce: boolean;
	isolation: 'read_committed' | 'read_uncommitted';
	/** The target stamps append time. */
	appendTime: boolean;
	lagMax: number;
	acts: Act[];
	/** Everything is copied and the mirror stopped before the groups move. */
	drained: boolean;
	/** The way back: what happens on the other cluster after the cut, and so many records of the other cluster stayed there only. */
	home: { acts: Act[]; tail: number } | null;
}

const counted = fc.record({
	do: fc.constantFrom<Counted['do'][]>('write', 'write', 'write', 'abort', 'skip', 'copy', 'copy', 'restart', 'retain'),
	count: fc.oneof(fc.integer({ min: 1, max: 6 }), fc.integer({ min: 1, max: 40 })),
});
const plain = fc.record({
	do: fc.constantFrom<Plain['do'][]>(
		'copy-all',
		'compact-source',
		'compact-target',
		'recreate',
		'lose-syncs',
		'keep-syncs',
	),
});
const acts: fc.Arbitrary<Act[]> = fc.array(
	fc.oneof({ weight: 3, arbitrary: counted }, { weight: 1, arbitrary: plain }),
	{
		minLength: 2,
		maxLength: 14,
	},
);

export const stories: fc.Arbitrary<Story> = fc.record({
	start: fc.constantFrom(0, 7, 500),
	location: fc.constantFrom('source', 'target'),
	exactlyOnce: fc.boolean(),
	isolation: fc.constantFrom('read_committed', 'read_uncommitted'),
	appendTime: fc.boolean(),
	lagMax: fc.constantFrom(0, 5, 20, 100),
	acts,
	drained: fc.boolean(),
	home: fc.option(fc.record({ acts, tail: fc.constantFrom(0, 0, 5) }), { nil: null }),
});

/** A world in the end, as a judge knows it: which record of one log is which of the other, whatever they look like. */
export interface LivedWorld {
	here: Estate;
	/** The cluster the groups leave, and the one they move to. */
	from: FakeKafka;
	to: FakeKafka;
	/** Every data record that `from` ever held in this life of the topic, by the value's own buffer, which copies share. */
	everThere: ReadonlyMap<bigint, Buffer>;
	/** Of a topic that was deleted since: a group may have read all of it. */
	earlier: ReadonlySet<Buffer>;
}

/** Lives the story through; the group moves from east to west, or home from west to east. */
export async function live(story: Story): Promise<LivedWorld> {
	const here = estate();
	const { east, west, connect, connectEast } = here;
	const forward = connect.running.get('east-to-west-source');
	const settings = {
		'offset-syncs.topic.location': story.location,
		'source.consumer.isolation.level': story.isolation,
		'offset.lag.max': String(story.lagMax),
	};
	if (!forward) throw new Error('no mirror');
	Object.assign(forward.config, settings);
	for (const mirror of [connect, connectEast]) mirror.exactlyOnce = story.exactlyOnce;
	if (story.appendTime) {
		west.deleteTopic('orders');
		west.createTopic('orders', 2, { timestampType: 'log-append' });
	}
	east.log(at()).skip(BigInt(story.start));
	const teller = new Teller(here, story);
	teller.tell(story.acts, { active: east, other: west, mirror: connect, connector: forward.name, seed: -1n });
	if (story.drained || story.home) here.world.pump();
	if (story.drained || story.home) await connect.stop(forward.name);
	await connect.stop('east-to-west-checkpoint');
	if (!story.home) return { ...teller.told(east), here, from: east, to: west };
	teller.write(east, story.home.tail);
	const back = connectEast.add('source', 'west', settings);
	const seed = west.log(at()).edges().end - 1n;
	connectEast.running.get(back)?.positions.set(at(), seed);
	// A topic is not created again between a move and the way back.
	const later = story.home.acts.filter((act) => act.do !== 'recreate');
	teller.tell(later, { active: west, other: east, mirror: connectEast, connector: back, seed });
	if (story.drained) here.world.pump();
	if (story.drained) await connectEast.stop(back);
	return { ...teller.told(west), here, from: west, to: east };
}

interface Way {
	active: FakeKafka;
	other: FakeKafka;
	mirror: Estate['connect'];
	connector: string;
	/** The position it was seeded with: no restart goes back further. */
	seed: bigint;
}

class Teller {
	readonly #here: Estate;
	readonly #story: Story;
	readonly #seen = new Map<FakeLog, Map<bigint, Buffer>>();
	#written = 0;

	constructor(here: Estate, story: Story) {
		this.#here = here;
		this.#story = story;
	}

	told(from: FakeKafka): Pick<LivedWorld, 'everThere' | 'earlier'> {
		this.#look();
		const present = new Set([this.#here.east, this.#here.west].map((kafka) => kafka.log(at())));
		const gone = [...this.#seen].flatMap(([log, seen]) => (present.has(log) ? [] : [...seen.values()]));
		return { everThere: this.#seen.get(from.log(at())) ?? new Map(), earlier: new Set(gone) };
	}

	tell(all: readonly Act[], way: Way): void {
		for (const act of all) {
			this.#act(act, way);
			this.#look();
		}
	}

	/** Before anything is deleted, the judge has seen it. */
	#look(): void {
		for (const kafka of [this.#here.east, this.#here.west]) {
			const log = kafka.log(at());
			const seen = this.#seen.get(log) ?? new Map<bigint, Buffer>();
			this.#seen.set(log, seen);
			for (const { offset, value } of log.read(0n, log.edges().end, 'uncommitted')) if (value) seen.set(offset, value);
		}
	}

	#record() {
		const content = this.#written++;
		return { key: `k${content % 5}`, value: Buffer.from(`v${content}`), timestamp: BigInt(content) };
	}

	write(kafka: FakeKafka, count: number): void {
		for (let i = 0; i < count; i++) kafka.produce('User:app', 'orders', 0, this.#record());
	}

	#abort(kafka: FakeKafka, count: number): void {
		const transaction = kafka.transaction('User:app');
		for (let i = 0; i < count; i++) transaction.produce('orders', 0, this.#record());
		transaction.abort();
	}

	#act(act: Act, { active, other, mirror, connector, seed }: Way): void {
		const log = active.log(at());
		if (act.do === 'write') this.write(active, act.count);
		else if (act.do === 'abort') this.#abort(active, act.count);
		else if (act.do === 'skip') log.skip(BigInt(act.count));
		else if (act.do === 'copy') mirror.pump(act.count);
		else if (act.do === 'copy-all') mirror.pump();
		else if (act.do === 'restart') this.#restart({ active, other, mirror, connector, seed }, act.count);
		else if (act.do === 'retain') retain(log, BigInt(act.count));
		else if (act.do === 'compact-source') log.compact();
		else if (act.do === 'compact-target') other.log(at()).compact();
		else if (act.do === 'recreate') {
			active.deleteTopic('orders');
			active.createTopic('orders', 2);
		} else mirror.losesSyncs = act.do === 'lose-syncs';
	}

	/** What an exactly-once worker had not committed is no second copy. */
	#restart({ mirror, connector, seed }: Way, count: number): void {
		if (!this.#story.exactlyOnce) mirror.restart(connector, at(), BigInt(count), seed);
	}
}

function retain(log: FakeLog, count: bigint): void {
	const { logStart, end } = log.edges();
	log.deleteBefore(logStart + count < end ? logStart + count : end);
}

/** What happens to a group at `position` that resumes at `offset`: records it would never see, and those it sees again before its first new one. */
export function judgeWorld(
	{ from, to, everThere, earlier }: LivedWorld,
	position: bigint,
	offset: bigint,
): { skipped: string[]; again: bigint } {
	const processed = new Set([...everThere].flatMap(([at, value]) => (at < position ? [value] : [])));
	const log = from.log(at());
	const unread = new Set<Buffer>();
	for (const { offset: here, value } of log.read(position, log.edges().end, 'committed'))
		if (value && here >= position && !processed.has(value)) unread.add(value);
	const lastCopy = new Map<Buffer, bigint>();
	const target = to.log(at());
	const copies = [...target.read(0n, target.edges().end, 'committed')];
	for (const copy of copies) if (copy.value && unread.has(copy.value)) lastCopy.set(copy.value, copy.offset);
	const skipped = [...lastCopy].flatMap(([value, last]) => (last < offset ? [`${value} at ${last}`] : []));
	const above = copies.filter((copy) => copy.offset >= offset);
	const first = above.findIndex(({ value }) => value && unread.has(value));
	const before = above.slice(0, first < 0 ? above.length : first);
	// What lies twice on the cluster it leaves, it would have read again there too.
	const ahead = new Set([...everThere].flatMap(([at, value]) => (at >= position ? [value] : [])));
	const old = (value: Buffer): boolean => (processed.has(value) || earlier.has(value)) && !ahead.has(value);
	const again = before.filter(({ value }) => value && old(value));
	return { skipped, again: BigInt(again.length) };
}
