import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { KdrError } from '../../src/domain/errors/kdr-error.ts';
import type { Item } from '../../src/domain/item.ts';
import { PartitionMap, type TopicPartition } from '../../src/domain/kafka/partition.ts';
import type { RunEvent } from '../../src/domain/run/events.ts';
import type { AclBinding } from '../../src/ports/acls.ts';
import type { Canary } from '../../src/ports/canary.ts';
import type { Group } from '../../src/ports/group-offsets.ts';
import type { Quotas } from '../../src/ports/quotas.ts';
import type { KafkaRecord, ReadOptions } from '../../src/ports/records.ts';
import type { Side } from '../../src/ports/world.ts';
import type { NewRecord } from '../fakes/log.ts';
import { until } from '../support/until.ts';

type KafkaPorts = Omit<Side, 'mirror' | 'canary'>;

/** A Kafka cluster, fake or real, with what a test needs to make things happen on it. */
export interface KafkaLab {
	/** As the user kdr. */
	side: KafkaPorts;
	/** As the application User:app, which may use `payments`. */
	canary: Canary;
	/** As somebody who may set quotas. */
	quotas: Quotas;
	/** The same cluster as another kdr process sees it. */
	another(): KafkaPorts;
	createTopic(name: string, partitions: number, config?: Record<string, string>): Promise<void>;
	produce(topic: string, partition: number, records: readonly NewRecord[]): Promise<void>;
	/** One transaction; `open` stays open until `end` is called. */
	transact(
		topic: string,
		partition: number,
		values: readonly string[],
		end: 'commit' | 'abort' | 'open',
	): Promise<() => Promise<void>>;
	/** Starts a member of an application; resolves once it is in the group. Gives the function that ends it. */
	join(group: string, topic: string, type: 'classic' | 'consumer'): Promise<() => Promise<void>>;
	close(): Promise<void>;
}

const at = (topic: string, partition = 0): TopicPartition => ({ topic, partition });

function value<T>(item: Item<T> | undefined): T {
	if (!item) throw new Error('no item');
	if (!item.ok) throw item.error;
	return item.value;
}

const headersOf = (...texts: string[]) =>
	texts.map((text) => text.split(':').map((part) => Buffer.from(part)) as unknown as readonly [Buffer, Buffer]);

const codeOf = <T>(item: Item<T> | undefined): string | undefined => (item && !item.ok ? item.error.code : undefined);

const event = (step: string): RunEvent => ({ v: 1, type: 'step.started', step });

/** Everything the ports over one Kafka cluster promise. */
export function kafkaContract(name: string, make: () => Promise<KafkaLab>): void {
	describe(`${name}: Kafka ports`, () => {
		let lab: KafkaLab;
		const stamp = Date.now().toString(36);
		const topic = (text: string): string => `contract-${stamp}-${text}`;

		async function values(
			where: TopicPartition,
			from: bigint,
			to: bigint,
			isolation: ReadOptions['isolation'],
		): Promise<string[]> {
			const seen: string[] = [];
			for await (const record of lab.side.records.read(where, from, to, { isolation }))
				seen.push(record.value?.toString() ?? 'null');
			return seen;
		}

		beforeAll(async () => {
			lab = await make();
		});
		afterAll(async () => {
			await lab?.close();
		});

		describe('cluster', () => {
			it('says who it is', async () => {
				const { clusterId, brokers } = await lab.side.cluster.identity();
				expect(clusterId).not.toBe('');
				expect(brokers.length).toBeGreaterThan(0);
				const addresses = await lab.side.cluster.addresses();
				expect(addresses).toEqual(brokers.map(({ host, port }) => `${host}:${port}`));
			});

			it('tells how long it keeps the offsets of groups without members', async () => {
				expect(await lab.side.cluster.offsetRetentionMs()).toBe(7 * 24 * 3_600_000);
			});

			it('lists topics by name with id and partitions, and gives a topic its own id', async () => {
				await lab.createTopic(topic('list-b'), 3);
				await lab.createTopic(topic('list-a'), 1);
				const topics = (await lab.side.cluster.topics()).filter((known) => known.name.startsWith(topic('list-')));
				expect(topics.map((known) => [known.name, known.partitions])).toEqual([
					[topic('list-a'), 1],
					[topic('list-b'), 3],
				]);
				expect(topics[0]?.id).not.toBe(topics[1]?.id);
			});
		});

		describe('writing', () => {
			it('appends records as they are, in order: null apart from empty, headers with repeated names, any bytes, their own time', async () => {
				const where = at('payments', 2);
				await lab.createTopic('payments', 3);
				const { end } = value((await lab.side.records.edges([where])).get(where));
				const written = [
					{
						key: Buffer.from('k'),
						value: Buffer.from([0, 255, 7]),
						timestamp: 1_700_000_000_123n,
						headers: headersOf('b:1', 'a:2', 'b:3'),
					},
					{
						key: null,
						value: Buffer.alloc(0),
						timestamp: 1_700_000_000_001n,
						headers: [[Buffer.from([255, 1]), null] as const],
					},
					{ key: Buffer.alloc(0), value: null, timestamp: 1_700_000_000_999n, headers: [] },
				];
				await lab.side.writer.append(where, written);
				await lab.side.writer.append(where, []);
				const read = await Array.fromAsync(lab.side.records.read(where, end, end + 9n, { isolation: 'committed' }));
				expect(read.map(({ key, value, timestamp, headers }) => ({ key, value, timestamp, headers }))).toEqual(written);
				expect(read.map(({ offset }) => offset - end)).toEqual([0n, 1n, 2n]);
				await expect(lab.side.writer.append(at(topic('absent')), written)).rejects.toMatchObject({
					code: 'KDR_TOPIC_MISSING',
				});
			});

			it('tells which topics keep only the newest record per key', async () => {
				await lab.createTopic(topic('plain'), 1);
				await lab.createTopic(topic('compact'), 1, { 'cleanup.policy': 'compact' });
				await lab.createTopic(topic('both'), 1, { 'cleanup.policy': 'compact,delete' });
				const compacted = await lab.side.cluster.compacted([topic('plain'), topic('compact'), topic('both')]);
				expect([...compacted].sort()).toEqual([topic('both'), topic('compact')]);
			});

			it('gives the settings a topic was given itself, and leaves out what it inherits and who is not there', async () => {
				await lab.createTopic(topic('own'), 1, { 'retention.ms': '3600000' });
				await lab.createTopic(topic('plain'), 1);
				const settings = await lab.side.cluster.settings([topic('own'), topic('plain'), topic('absent')]);
				expect(settings).toEqual(
					new Map([
						[topic('own'), { 'retention.ms': '3600000' }],
						[topic('plain'), {}],
					]),
				);
			});

			it('deletes a topic by its id, however often, and never the one that was made under its name since', async () => {
				// Of these kdr may delete topics by its permissions.
				const name = `mm2-offset-syncs.${topic('gone')}`;
				const idOf = async () => (await lab.side.cluster.topics()).find((known) => known.name === name)?.id ?? '';
				await lab.createTopic(name, 2);
				const old = await until('the topic is known', 10_000, idOf);
				expect([...(await lab.side.cluster.deleteTopics([old]))]).toEqual([[old, { ok: true, value: null }]]);
				await until('it is gone', 10_000, async () => (await idOf()) === '');
				await lab.createTopic(name, 1);
				const fresh = await until('it is there again', 10_000, idOf);
				expect(fresh).not.toBe(old);
				expect([...(await lab.side.cluster.deleteTopics([old]))]).toEqual([[old, { ok: true, value: null }]]);
				expect(await idOf()).toBe(fresh);
			});
		});

		describe('records', () => {
			it('gives keys, values, tombstones, headers and create times back as they were written', async () => {
				const name = topic('shape');
				await lab.createTopic(name, 2);
				await lab.produce(name, 1, [
					{
						key: 'k',
						value: 'v',
						timestamp: 1_700_000_000_123n,
						headers: [[Buffer.from('h'), Buffer.from([0, 255, 7])]],
					},
					{ key: 'gone', value: null, timestamp: 1_700_000_000_124n },
				]);
				const records: KafkaRecord[] = [];
				for await (const record of lab.side.records.read(at(name, 1), 0n, 99n, { isolation: 'committed' }))
					records.push(record);
				expect(
					records.map((record) => [record.partition, record.offset, record.key?.toString(), record.value?.toString()]),
				).toEqual([
					[1, 0n, 'k', 'v'],
					[1, 1n, 'gone', undefined],
				]);
				expect(records[0]?.timestamp).toBe(1_700_000_000_123n);
				expect(records[0]?.timestampType).toBe('create');
				expect(records[0]?.headers).toEqual([[Buffer.from('h'), Buffer.from([0, 255, 7])]]);
				expect(records[1]?.value).toBeNull();
			});

			it('gives the edges of many partitions, and an error only for those that do not exist', async () => {
				const name = topic('edges');
				await lab.createTopic(name, 2);
				await lab.produce(name, 0, [{ value: 'a' }, { value: 'b' }]);
				const edges = await lab.side.records.edges([at(name), at(name, 1), at(name, 7), at(topic('absent'))]);
				expect(value(edges.get(at(name)))).toEqual({ logStart: 0n, end: 2n, lastStable: 2n });
				expect(value(edges.get(at(name, 1)))).toEqual({ logStart: 0n, end: 0n, lastStable: 0n });
				expect(codeOf(edges.get(at(name, 7)))).toBe('KDR_TOPIC_MISSING');
				expect(codeOf(edges.get(at(topic('absent'))))).toBe('KDR_TOPIC_MISSING');
			});

			it('tells how much of each partition is kept', async () => {
				const name = topic('sizes');
				await lab.createTopic(name, 2);
				await lab.produce(name, 1, [{ value: 'x'.repeat(5_000) }]);
				const sizes = await lab.side.records.sizes([at(name), at(name, 1)]);
				expect(value(sizes.get(at(name)))).toBe(0n);
				expect(value(sizes.get(at(name, 1)))).toBeGreaterThanOrEqual(5_000n);
			});

			it('reads only what lies in [from, to), however small the fetches', async () => {
				const name = topic('range');
				await lab.createTopic(name, 1);
				const all = Array.from({ length: 50 }, (_, n) => `v${n}`);
				for (const part of [all.slice(0, 20), all.slice(20, 21), all.slice(21)]) {
					await lab.produce(
						name,
						0,
						part.map((text) => ({ value: text })),
					);
				}
				const seen: string[] = [];
				for await (const record of lab.side.records.read(at(name), 5n, 45n, {
					isolation: 'uncommitted',
					maxBytes: 100,
				})) {
					seen.push(record.value?.toString() ?? '');
				}
				expect(seen).toEqual(all.slice(5, 45));
				expect(await values(at(name), 48n, 1_000n, 'committed')).toEqual(['v48', 'v49']);
				expect(await values(at(name), 50n, 1_000n, 'committed')).toEqual([]);
			});

			it('finds the first offset at or after a time, and null when there is none', async () => {
				const name = topic('times');
				await lab.createTopic(name, 1);
				await lab.produce(name, 0, [
					{ value: 'a', timestamp: 1_000n },
					{ value: 'b', timestamp: 2_000n },
				]);
				const find = async (time: bigint): Promise<bigint | null> =>
					value((await lab.side.records.offsetsAt(PartitionMap.from([[at(name), time]]))).get(at(name)));
				expect(await find(1_000n)).toBe(0n);
				expect(await find(1_001n)).toBe(1n);
				expect(await find(9_999_999_999_999n)).toBeNull();
				const first = async (): Promise<bigint | null> =>
					value((await lab.side.records.firstTimes([at(name)])).get(at(name)));
				expect(await first()).toBe(1_000n);
			});

			it('never shows markers, and shows aborted records only to readers of uncommitted data', async () => {
				const name = topic('aborts');
				await lab.createTopic(name, 1);
				await lab.transact(name, 0, ['c1', 'c2'], 'commit');
				await lab.transact(name, 0, ['x1', 'x2'], 'abort');
				await lab.transact(name, 0, ['c3'], 'commit');
				await lab.transact(name, 0, ['x3'], 'abort');
				const end = await until('the markers are written', 10_000, async () => {
					const edges = value((await lab.side.records.edges([at(name)])).get(at(name)));
					return edges.lastStable === edges.end && edges.end >= 10n && edges.end;
				});
				expect(await values(at(name), 0n, end, 'committed')).toEqual(['c1', 'c2', 'c3']);
				expect(await values(at(name), 0n, end, 'uncommitted')).toEqual(['c1', 'c2', 'x1', 'x2', 'c3', 'x3']);
				expect(await values(at(name), 4n, end, 'committed')).toEqual(['c3']);
				const last = await lab.side.records.last(PartitionMap.from([[at(name), end]]), { isolation: 'committed' });
				expect(value(last.get(at(name)))?.value?.toString()).toBe('c3');
			});

			it('waits behind an open transaction: committed readers stop at the last stable offset', async () => {
				const name = topic('open');
				await lab.createTopic(name, 1);
				await lab.produce(name, 0, [{ value: 'before' }]);
				const end = await lab.transact(name, 0, ['pending'], 'open');
				await lab.produce(name, 0, [{ value: 'behind' }]);
				expect(value((await lab.side.records.edges([at(name)])).get(at(name)))).toEqual({
					logStart: 0n,
					lastStable: 1n,
					end: 3n,
				});
				expect(await values(at(name), 0n, 3n, 'committed')).toEqual(['before']);
				expect(await values(at(name), 0n, 3n, 'uncommitted')).toEqual(['before', 'pending', 'behind']);
				await end();
			});

			it('names the producer of an open transaction and where it began, and the same producer without one afterwards', async () => {
				const name = topic('producers');
				await lab.createTopic(name, 2);
				await lab.produce(name, 0, [{ value: 'before' }]);
				const end = await lab.transact(name, 0, ['pending'], 'open');
				const look = async (partition: number) =>
					value((await lab.side.records.producers([at(name, partition)])).get(at(name, partition)));
				const [open] = (await look(0)).filter(({ openFrom }) => openFrom !== null);
				expect(open?.openFrom).toBe(1n);
				const [pending] = await Array.fromAsync(lab.side.records.read(at(name), 1n, 2n, { isolation: 'uncommitted' }));
				expect(open?.lastTimestamp).toBe(pending?.timestamp);
				expect(await look(1)).toEqual([]);
				await end();
				const after = await until('the transaction is over', 10_000, async () => {
					const same = (await look(0)).find(({ producerId }) => producerId === open?.producerId);
					return same?.openFrom === null && same;
				});
				expect(after.producerId).toBe(open?.producerId);
				const absent = await lab.side.records.producers([at(topic('absent'))]);
				expect(codeOf(absent.get(at(topic('absent'))))).toBe('KDR_TOPIC_MISSING');
			});

			it('finds the last data record far behind a tail of aborted ones, and null in an empty log', async () => {
				const name = topic('tail');
				await lab.createTopic(name, 2);
				await lab.produce(name, 0, [{ value: 'real' }]);
				await lab.transact(
					name,
					0,
					Array.from({ length: 400 }, (_, n) => `x${n}`),
					'abort',
				);
				const ends = await until('the abort marker is written', 10_000, async () => {
					const edges = await lab.side.records.edges([at(name), at(name, 1)]);
					return value(edges.get(at(name))).lastStable > 400n && edges.map((item) => value(item).end);
				});
				const last = await lab.side.records.last(ends, { isolation: 'committed' });
				expect(value(last.get(at(name)))?.value?.toString()).toBe('real');
				expect(value(last.get(at(name, 1)))).toBeNull();
			});
		});

		describe('groups', () => {
			const hostile = `app-${stamp}-\u001b[31mrød📦 __proto__`;

			it('sets, reads back and forgets offsets with their metadata, under any name of a group', async () => {
				const name = topic('offsets');
				await lab.createTopic(name, 2);
				const offsets = PartitionMap.from([
					[at(name), { offset: 9_007_199_254_740_993n, metadata: 'kdr:é' }],
					[at(name, 1), { offset: 0n, metadata: '' }],
				]);
				for (const item of (await lab.side.groups.commit(hostile, offsets)).values()) expect(item.ok).toBe(true);
				const read = value((await lab.side.groups.committed([hostile])).get(hostile));
				expect([...read]).toEqual([...offsets]);
				const listed = (await lab.side.groups.list()).find(({ id }) => id === hostile);
				expect(listed).toEqual({ id: hostile, type: 'classic', protocol: '', state: 'Empty' });
				await lab.side.groups.forget(hostile, PartitionMap.from([[at(name), null]]));
				expect(value((await lab.side.groups.committed([hostile])).get(hostile)).has(at(name))).toBe(false);
				expect(value((await lab.side.groups.committed([hostile])).get(hostile)).has(at(name, 1))).toBe(true);
			});

			it('gives nothing for a group nobody knows', async () => {
				const nobody = `app-${stamp}-nobody`;
				expect(value((await lab.side.groups.committed([nobody])).get(nobody)).size).toBe(0);
				expect(
					value((await lab.side.groups.members([{ id: nobody, type: 'classic', state: 'Empty' }])).get(nobody)),
				).toEqual([]);
				await lab.side.groups.evict(nobody, 'nobody is there');
				const forgotten = await lab.side.groups.forget(nobody, PartitionMap.from([[at(topic('offsets')), null]]));
				expect(forgotten.get(at(topic('offsets')))?.ok).toBe(true);
			});

			it('refuses only the partitions that do not exist', async () => {
				const name = topic('partly');
				await lab.createTopic(name, 1);
				const offset = { offset: 1n, metadata: '' };
				const group = `app-${stamp}-partly`;
				const result = await lab.side.groups.commit(
					group,
					PartitionMap.from([
						[at(name), offset],
						[at(name, 5), offset],
					]),
				);
				expect(result.get(at(name))?.ok).toBe(true);
				expect(codeOf(result.get(at(name, 5)))).toBe('KDR_TOPIC_MISSING');
			});

			for (const type of ['classic', 'consumer'] as const) {
				it(`sees the members of a live ${type} group, is refused its offsets, and can send them away`, async () => {
					const name = topic(`live-${type}`);
					const id = `app-${stamp}-live-${type}`;
					await lab.createTopic(name, 1);
					await lab.produce(name, 0, [{ value: 'a' }]);
					const end = await lab.join(id, name, type);
					const group = await until(`group ${id} is listed as alive`, 30_000, async () =>
						(await lab.side.groups.list()).find((known: Group) => known.id === id && known.state !== 'Empty'),
					);
					expect(group.type).toBe(type);
					expect(value((await lab.side.groups.members([group])).get(id))).toHaveLength(1);
					const topics = await until(
						'what its member reads is known',
						20_000,
						async () => value((await lab.side.groups.members([group])).get(id))[0]?.topics,
					);
					expect(topics).toEqual([name]);
					const offsets = PartitionMap.from([[at(name), { offset: 0n, metadata: 'ours' }]]);
					expect(codeOf((await lab.side.groups.commit(id, offsets)).get(at(name)))).toBe('KDR_GROUP_ACTIVE');
					await end();
					await lab.side.groups.evict(id, 'contract test');
					await until(
						'its members are gone',
						20_000,
						async () => value((await lab.side.groups.members([group])).get(id)).length === 0,
					);
					await until(
						'its offsets can be set',
						20_000,
						async () => (await lab.side.groups.commit(id, offsets)).get(at(name))?.ok,
					);
					expect(value((await lab.side.groups.committed([id])).get(id)).get(at(name))).toEqual({
						offset: 0n,
						metadata: 'ours',
					});
				});
			}
		});

		describe('ACLs', () => {
			it('creates, lists and removes exact bindings and touches no other', async () => {
				const binding = (over: Partial<AclBinding>): AclBinding => ({
					resourceType: 'topic',
					resourceName: topic('acl'),
					patternType: 'prefixed',
					principal: 'User:contract',
					host: '*',
					operation: 'write',
					permission: 'deny',
					...over,
				});
				const deny = binding({});
				const near = binding({ patternType: 'literal', operation: 'read' });
				const mine = async (): Promise<AclBinding[]> =>
					(await lab.side.acls.list()).filter(({ principal }) => principal === 'User:contract');
				await lab.side.acls.create([deny, near]);
				await lab.side.acls.create([deny]);
				await until('both are listed', 5_000, async () => (await mine()).length === 2);
				await lab.side.acls.remove([deny, binding({ resourceName: topic('acl-absent') })]);
				await until('one is left', 5_000, async () => (await mine()).length === 1);
				expect(await mine()).toEqual([near]);
				await lab.side.acls.remove([near]);
			});
		});

		describe('fence', () => {
			const deny = (name: string, principal: string): AclBinding => ({
				resourceType: 'topic',
				resourceName: name,
				patternType: 'prefixed',
				principal,
				host: '*',
				operation: 'write',
				permission: 'deny',
			});
			const same = (one: AclBinding) => (other: AclBinding) =>
				JSON.stringify(one) === JSON.stringify({ ...one, ...other });

			it('an application that is let through leaves no record, and one that is denied is refused by every broker', async () => {
				await lab.createTopic('payments', 3);
				const all = [0, 1, 2].map((partition) => at('payments', partition));
				const ends = async () => [...(await lab.side.records.edges(all))].map(([, edge]) => value(edge).end);
				const before = await ends();
				const open = async () => [...(await lab.canary.writable(['payments'])).values()].map(value);
				const answers = await open();
				expect(answers.length).toBeGreaterThan(0);
				for (const topics of answers) expect(topics).toContain('payments');
				const binding = deny('payments', 'User:app');
				await lab.side.acls.create([binding]);
				await until('every broker goes by the denial', 10_000, async () =>
					[...(await lab.side.watch.denials()).values()].every((item) => value(item).some(same(binding))),
				);
				expect((await open()).flat()).toEqual([]);
				await lab.side.acls.remove([binding]);
				await until('the denial is gone', 10_000, async () => (await open()).every((topics) => topics.length === 1));
				expect(await ends()).toEqual(before);
			});

			it('tells who holds a transaction open, by name, and nobody once it is over', async () => {
				const name = topic('held');
				await lab.createTopic(name, 1);
				const held = async () => (await lab.side.watch.transactions()).filter(({ topics }) => topics.includes(name));
				const end = await lab.transact(name, 0, ['x'], 'open');
				const [open] = await held();
				const [producer] = value((await lab.side.records.producers([at(name)])).get(at(name)));
				expect(open).toMatchObject({ state: 'Ongoing', producerId: producer?.producerId });
				expect(open?.transactionalId).toMatch(/./);
				expect(open?.timeoutMs).toBeGreaterThan(0);
				await end();
				await until('it is over', 10_000, async () => (await held()).length === 0);
			});

			it('puts a brake on a user and takes it off again, leaving other users and a rate from before', async () => {
				const [one, other] = [`one-${stamp}`, `other-${stamp}`];
				const rates = () => lab.quotas.producerRates([one, other]);
				await lab.quotas.setProducerRates(new Map([[other, 1_000]]));
				await lab.quotas.setProducerRates(new Map([[one, 1]]));
				await until('the brake is on', 10_000, async () => (await rates()).get(one) === 1);
				expect((await rates()).get(other)).toBe(1_000);
				await lab.quotas.setProducerRates(
					new Map([
						[one, null],
						[other, null],
					]),
				);
				await until('the brake is off', 10_000, async () =>
					[...(await rates()).values()].every((rate) => rate === null),
				);
			});
		});

		describe('journal', () => {
			const move = (link: string): RunEvent => ({
				v: 1,
				type: 'run.started',
				move: { link, from: 'east', to: 'west', mode: 'failover' },
				command: 'kdr failover --to west',
				steps: [],
				operator: { user: 'ops', host: 'here', pid: 1, version: '0' },
				consent: {},
				clusterIds: {},
			});

			it('keeps events in order, readable at once by another process, and by link', async () => {
				const [mine, others] = [`mine-${stamp}`, `others-${stamp}`];
				// More than goes into one batch.
				const together = ['two', 'x'.repeat(700_000), 'y'.repeat(700_000), 'three'];
				const writer = await lab.side.journal.open(mine);
				const other = await lab.another().journal.open(others);
				await writer.append(`run-${mine}`, [move(mine)]);
				await other.append(`run-${others}`, [move(others)]);
				await writer.append(`run-${mine}`, [event('one')]);
				await writer.append(`run-${mine}`, together.map(event));
				const read = await lab.another().journal.read(mine);
				const steps = read.flatMap((entry) => (entry.event.type === 'step.started' ? [entry.event.step] : []));
				expect(steps).toEqual(['one', ...together]);
				expect(read.every((entry) => entry.run === `run-${mine}`)).toBe(true);
				expect((await lab.side.journal.read()).length).toBeGreaterThanOrEqual(7);
				await writer.close();
				await other.close();
			});

			it('lets only the newest writer of a link write, and continues where the former stopped', async () => {
				const link = `fence-${stamp}`;
				const first = await lab.side.journal.open(link);
				await first.append(`run-${link}`, [move(link)]);
				const second = await lab.another().journal.open(link);
				const fenced = await first.append(`run-${link}`, [event('too late')]).catch((thrown: unknown) => thrown);
				expect(fenced).toBeInstanceOf(KdrError);
				expect((fenced as KdrError).code).toBe('KDR_FENCED_BY_OTHER');
				await second.append(`run-${link}`, [event('mine now')]);
				const again = await first.append(`run-${link}`, [event('still too late')]).catch((thrown: unknown) => thrown);
				expect((again as KdrError).code).toBe('KDR_FENCED_BY_OTHER');
				const steps = (await lab.side.journal.read(link)).map((entry) =>
					entry.event.type === 'step.started' ? entry.event.step : entry.event.type,
				);
				expect(steps).toEqual(['run.started', 'mine now']);
				await first.close();
				await second.close();
			});
		});
	});
}
