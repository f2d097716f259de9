import { PartitionMap } from '../../../../src/domain/kafka/partition.ts';
import type { ActorFile, ActorHeader, LedgerEvent } from '../../../../src/lab/ledger/events.ts';
import type { History, LogRecord } from '../../../../src/lab/ledger/history.ts';

/** Size and luck of a clean history: traffic on east, an orderly switchover, traffic on west. */
export interface Recipe {
	partitions: number;
	before: number;
	after: number;
	/** One transaction in so many is aborted; 0: no transactions. */
	aborts: number;
	/** How far, in records per partition, each group is behind when it moves. */
	lags: number[];
	/** One send in so many goes without an answer. */
	unanswered: number;
	/** Whether east holds foreign records, so that offsets of the two sides differ. */
	foreign: boolean;
}

/** A history as plain arrays, to be tampered with. */
export interface Tampered {
	active: string;
	logs: Record<'east' | 'west', LogRecord[][]>;
	committed: Map<string, bigint[]>;
	producer: LedgerEvent[];
	consumers: Map<string, LedgerEvent[]>;
}

export const topic = 'orders';
const cluster = { east: 'cluster-east', west: 'cluster-west' };

export function historyOf(
	{ active, logs, committed, producer, consumers }: Tampered,
	compacted: string[] = [],
): History {
	const header = (role: ActorHeader['role'], client: string): ActorHeader => ({
		e: 'actor',
		t: 0,
		role,
		client,
		topics: [topic],
	});
	const files: ActorFile[] = [{ header: header('producer', 'maker'), events: producer }];
	for (const [group, events] of consumers)
		files.push({ header: { ...header('consumer', `${group}-1`), group }, events });
	const dump = (alias: 'east' | 'west') => ({
		alias,
		cluster: cluster[alias],
		logs: PartitionMap.from(
			logs[alias].map(
				(records, partition) =>
					[
						{ topic, partition },
						{ logStart: 0n, records },
					] as const,
			),
		),
		committed: new Map(
			[...committed].map(([group, offsets]) => {
				const positions = alias === active ? offsets : offsets.map(() => 0n);
				return [
					group,
					PartitionMap.from(positions.map((offset, partition) => [{ topic, partition }, offset] as const)),
				] as const;
			}),
		),
	});
	return { active, sides: [dump('east'), dump('west')], compacted: new Set(compacted), files };
}

/** A history in which nothing went wrong. Groups process all they can see; each commits one past its last record. */
export function cleanHistory(recipe: Recipe): Tampered {
	const world = new CleanWorld(recipe);
	world.produce('east', recipe.before);
	world.mirror();
	recipe.lags.forEach((lag, index) => {
		world.consume(`group-${index}`, 'east', lag);
	});
	world.produce('west', recipe.after);
	recipe.lags.forEach((_, index) => {
		world.consume(`group-${index}`, 'west', 0);
	});
	return world.history;
}

class CleanWorld {
	readonly history: Tampered;
	readonly #recipe: Recipe;
	#seq = 0;
	#t = 1000;
	#tx = 0;

	constructor(recipe: Recipe) {
		const empty = () => Array.from({ length: recipe.partitions }, (): LogRecord[] => []);
		this.#recipe = recipe;
		this.history = {
			active: 'west',
			logs: { east: empty(), west: empty() },
			committed: new Map(),
			producer: [],
			consumers: new Map(),
		};
		if (recipe.foreign)
			for (const log of this.history.logs.east)
				log.push({ offset: 0n, id: null, damaged: false, key: null, state: 'visible' });
	}

	produce(side: 'east' | 'west', count: number): void {
		const { producer } = this.history;
		producer.push({ e: 'session', t: this.#t++, cluster: cluster[side] });
		for (let done = 0; done < count; done += 3) {
			const { aborts } = this.#recipe;
			const tx = aborts === 0 ? undefined : ++this.#tx;
			const aborted = tx !== undefined && tx % aborts === 0;
			if (tx !== undefined) producer.push({ e: 'tx-begin', t: this.#t++, tx, intent: aborted ? 'abort' : 'commit' });
			for (let i = 0; i < Math.min(3, count - done); i++) this.#send(side, tx, aborted);
			if (tx !== undefined)
				producer.push({ e: 'tx-end', t: this.#t++, tx, outcome: aborted ? 'aborted' : 'committed' });
		}
	}

	#send(side: 'east' | 'west', tx: number | undefined, aborted: boolean): void {
		const { producer, logs } = this.history;
		const { partitions, unanswered } = this.#recipe;
		const seq = ++this.#seq;
		const id = `maker.${seq}`;
		const partition = (seq * 7) % partitions;
		producer.push({
			e: 'invoke',
			t: this.#t++,
			id,
			seq,
			topic,
			partition,
			key: `key-${seq % 5}`,
			...(tx === undefined ? {} : { tx }),
		});
		const silent = unanswered > 0 && seq % unanswered === 0;
		const log = logs[side][partition] ?? [];
		const offset = nextOffset(log);
		if (!silent || seq % (2 * unanswered) === 0) {
			log.push({ offset, id, damaged: false, key: `key-${seq % 5}`, state: aborted ? 'aborted' : 'visible' });
		}
		producer.push(
			silent ? { e: 'info', t: this.#t++, id, error: 'timeout' } : { e: 'ok', t: this.#t++, id, offset: `${offset}` },
		);
	}

	mirror(): void {
		const { east, west } = this.history.logs;
		east.forEach((log, partition) => {
			const target = west[partition] ?? [];
			for (const record of log) if (record.state === 'visible') target.push({ ...record, offset: nextOffset(target) });
		});
	}

	/** All but the last `lag` records of each partition that the group has not had yet. */
	consume(group: string, side: 'east' | 'west', lag: number): void {
		const events = this.history.consumers.get(group) ?? [];
		this.history.consumers.set(group, events);
		const had = new Set(events.flatMap((event) => (event.e === 'processed' ? [event.id] : [])));
		const partitions = this.history.logs[side].map((_, partition): [string, number] => [topic, partition]);
		events.push({ e: 'session', t: this.#t++, cluster: cluster[side] }, { e: 'assigned', t: this.#t++, partitions });
		const offsets = this.history.logs[side].map((log, partition) => {
			const seen = log.filter(({ state }) => state === 'visible');
			const taken = seen.slice(0, Math.max(0, seen.length - lag));
			for (const { id, offset } of taken) {
				if (id !== null && !had.has(id))
					events.push({ e: 'processed', t: this.#t++, id, topic, partition, offset: `${offset}` });
			}
			const next = (taken.at(-1)?.offset ?? -1n) + 1n;
			events.push({ e: 'commit', t: this.#t++, topic, partition, offset: `${next}`, outcome: 'ok' });
			return next;
		});
		this.history.committed.set(group, offsets);
	}
}

const nextOffset = (log: readonly LogRecord[]): bigint => (log.at(-1)?.offset ?? -1n) + 1n;
