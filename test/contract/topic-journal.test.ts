import { describe, expect, it } from 'vitest';
import { journalTopic, lockId, TopicJournal } from '../../src/adapters/journal-topic/journal.ts';
import { encodeEntry, hashOf, noTail } from '../../src/adapters/journal-topic/wire-format.ts';
import { KdrError } from '../../src/domain/errors/kdr-error.ts';
import type { RunEvent } from '../../src/domain/run/events.ts';
import { foldRuns } from '../../src/domain/run/fold.ts';
import { FakeClock } from '../fakes/clock.ts';
import { FakeKafka } from '../fakes/kafka.ts';
import { fakeCluster, fakeRecords } from '../fakes/side.ts';

const started = (link: string): RunEvent => ({
	...{ v: 1, type: 'run.started', move: { link, from: 'east', to: 'west', mode: 'change' }, command: 'x', steps: [] },
	...{ operator: { user: 'a', host: 'h', pid: 1, version: '0' }, consent: {}, clusterIds: {} },
});
const step = (name: string): RunEvent => ({ v: 1, type: 'step.started', step: name });

/** The real journal over a fake cluster; `lose` makes the next commits reach the log or not, unanswered. */
function journalOnFake(alias = 'west') {
	const kafka = new FakeKafka(alias, new FakeClock());
	const holders = new Map<string, number>();
	const lose: ('written' | 'dropped')[] = [];
	const lock = async (id: string) => {
		const epoch = (holders.get(id) ?? 0) + 1;
		holders.set(id, epoch);
		return {
			write: async (topic: string, records: readonly { key: string; value: string }[]) => {
				if (holders.get(id) !== epoch) throw new KdrError('KDR_FENCED_BY_OTHER', 'fenced');
				const lost = lose.shift();
				if (lost !== 'dropped') for (const record of records) kafka.produce('User:kdr', topic, 0, record);
				if (lost) throw new KdrError('KDR_OUTCOME_UNKNOWN', 'no answer', { worldMayHaveChanged: true });
			},
			recover: async () => {
				if (holders.get(id) !== epoch) throw new KdrError('KDR_FENCED_BY_OTHER', 'fenced');
			},
			close: async () => {},
		};
	};
	const journal = new TopicJournal({ cluster: fakeCluster(kafka), records: fakeRecords(kafka), lock });
	const put = (key: string, value: string) => kafka.produce('User:kdr', journalTopic, 0, { key, value });
	const steps = async () =>
		(await journal.read()).map(({ event }) => (event.type === 'step.started' ? event.step : event.type));
	return { kafka, journal, lose, put, steps };
}

describe('the journal topic', () => {
	it('is nothing where there is no topic, and is created for keeps', async () => {
		const { journal, kafka } = journalOnFake();
		expect(await journal.read()).toEqual([]);
		await journal.open('orders');
		expect(kafka.topics.get(journalTopic)?.config).toMatchObject({ 'cleanup.policy': 'delete', 'retention.ms': '-1' });
	});

	it('names the offset of an entry that was changed, left out, doubled, or is of a version it does not know, and only its run is lost', async () => {
		const first = encodeEntry('r', noTail, started('orders'));
		const tail = { seq: 1, hash: hashOf(first) };
		const second = encodeEntry('r', tail, step('two'));
		const bad: Record<string, string[]> = {
			changed: [first.replace('"x"', '"y"'), second],
			missing: [second],
			doubled: [first, first],
			future: [first, encodeEntry('r', tail, step('two')).replace('{"v":1', '{"v":2')],
			noise: [first, 'not json'],
		};
		for (const [what, values] of Object.entries(bad)) {
			const { journal, put, kafka } = journalOnFake();
			kafka.createTopic(journalTopic, 1);
			for (const value of values) put('r', value);
			put('healthy', encodeEntry('healthy', noTail, started('orders')));
			const folded = foldRuns(await journal.read('orders'));
			const lost = folded.unreadable[0]?.reason ?? folded.runs.find(({ run }) => run === 'r')?.unreadable;
			expect(lost, what).toContain(`offset ${values.length - 1}`);
			expect(
				folded.runs.filter(({ unreadable }) => unreadable === undefined),
				what,
			).toMatchObject([{ run: 'healthy' }]);
			const writer = await journal.open('orders');
			await writer.append('healthy', [step('a')]);
			expect(foldRuns(await journal.read('orders')).runs.at(-1), what).toMatchObject({ run: 'healthy', lastStep: 'a' });
		}
	});

	it("loses one run to a newer kdr's event in its middle, and sees when an older kdr has ended that run", async () => {
		const { journal, put, kafka } = journalOnFake();
		kafka.createTopic(journalTopic, 1);
		const first = encodeEntry('r', noTail, started('orders'));
		const newer = encodeEntry('r', { seq: 1, hash: hashOf(first) }, step('x')).replace(
			'"event":{"v":1',
			'"event":{"v":2',
		);
		for (const value of [first, newer]) put('r', value);
		const read = async () => foldRuns(await journal.read('orders')).runs;
		expect(await read()).toMatchObject([{ run: 'r', unreadable: expect.stringContaining('offset 1') }]);
		expect((await read())[0]?.ended).toBeUndefined();
		const writer = await journal.open('orders');
		await writer.append('r', [{ v: 1, type: 'run.ended', result: 'halted', exit: 5 }]);
		expect(await read()).toMatchObject([
			{ run: 'r', unreadable: expect.stringContaining('offset 1'), ended: { exit: 5 } },
		]);
		// Whatever comes after its end may be its resumption.
		put('r', 'not json');
		expect((await read())[0]?.ended).toBeUndefined();
	});

	it('says what a stranger wrote, who holds nothing, and leaves an unreadable run to the link it names', async () => {
		const { journal, put, kafka } = journalOnFake();
		kafka.createTopic(journalTopic, 1);
		kafka.produce('User:kdr', journalTopic, 0, { value: 'hello' });
		put('zz', encodeEntry('zz', noTail, started('billing')).replace('{"v":1', '{"v":2'));
		const fold = async (link: string) => foldRuns(await journal.read(link)).unreadable;
		expect(await fold('orders')).toMatchObject([{ run: 'offset-0', ended: true }]);
		expect(await fold('billing')).toMatchObject([{ run: 'offset-0' }, { run: 'zz', ended: false }]);
	});

	it("survives a mirror of every topic: entries of the other cluster are nobody's here, also copied twice or by a newer kdr", async () => {
		const east = journalOnFake('east');
		const west = journalOnFake('west');
		const there = await east.journal.open('orders');
		await there.append('e', [step('there')]);
		const here = await west.journal.open('orders');
		await here.append('w', [step('one')]);
		const theirs = [...east.kafka.log({ topic: journalTopic, partition: 0 }).read(0n, 100n, 'committed')];
		const copied = theirs.map(({ value }) => value?.toString('utf8') ?? '');
		expect(copied).toHaveLength(1);
		for (const value of [...copied, ...copied]) west.put('e', value);
		west.put('e', (copied[0] ?? '').replace('{"v":1', '{"v":2'));
		await here.append('w', [step('two')]);
		expect(await west.steps()).toEqual(['one', 'two']);
		expect(await east.steps()).toEqual(['there']);
	});

	it('says that entries are gone when the start of the topic was deleted', async () => {
		const { journal, kafka } = journalOnFake();
		const writer = await journal.open('orders');
		await writer.append('r', [step('one')]);
		await writer.append('r', [step('two')]);
		kafka.log({ topic: journalTopic, partition: 0 }).deleteBefore(1n);
		await expect(journal.read()).rejects.toMatchObject({ code: 'KDR_JOURNAL_BROKEN' });
	});

	it('continues after a lost reply without losing or doubling an entry, whether or not it was written', async () => {
		for (const fate of ['written', 'dropped'] as const) {
			const { journal, lose, steps } = journalOnFake();
			const writer = await journal.open('orders');
			await writer.append('r', [step('one')]);
			lose.push(fate);
			const together = [step('two'), step('three')];
			await expect(writer.append('r', together)).rejects.toMatchObject({ code: 'KDR_OUTCOME_UNKNOWN' });
			if (!(await steps()).includes('two')) await writer.append('r', together);
			await writer.append('r', [step('four')]);
			expect(await steps()).toEqual(['one', 'two', 'three', 'four']);
		}
	});

	it('stays with the one who took over while a reply was lost', async () => {
		const { journal, lose, steps } = journalOnFake();
		const operator = { user: 'b', host: 'h', pid: 2, version: '0' };
		const first = await journal.open('orders');
		await first.append('r', [step('one')]);
		lose.push('dropped');
		await expect(first.append('r', [step('two')])).rejects.toMatchObject({ code: 'KDR_OUTCOME_UNKNOWN' });
		const second = await journal.open('orders');
		await second.append('r', [{ v: 1, type: 'run.resumed', operator, takeover: 'silent' }]);
		await expect(first.append('r', [step('two')])).rejects.toMatchObject({ code: 'KDR_FENCED_BY_OTHER' });
		expect(await steps()).toEqual(['one', 'run.resumed']);
	});

	it('never fences a successor when a write fails: who began another run of the link meanwhile keeps the lock', async () => {
		for (const fate of ['written', 'dropped'] as const) {
			const { journal, lose, steps } = journalOnFake();
			const first = await journal.open('orders');
			await first.append('r', [step('one')]);
			lose.push(fate);
			await expect(first.append('r', [step('two')])).rejects.toMatchObject({ code: 'KDR_OUTCOME_UNKNOWN' });
			const second = await journal.open('orders');
			await second.append('s', [step('other')]);
			await expect(first.append('r', [step('three')])).rejects.toMatchObject({ code: 'KDR_FENCED_BY_OTHER' });
			await second.append('s', [step('still mine')]);
			expect(await steps()).not.toContain('three');
		}
	});

	it('takes signals to a run without fencing its holder, and outside the chain', async () => {
		const { journal, steps } = journalOnFake();
		const by = { user: 'b', host: 'h', pid: 2, version: '0' };
		const writer = await journal.open('orders');
		await writer.append('r', [step('one')]);
		await journal.signal('r', { type: 'release', by });
		await journal.signal('other', { type: 'pause', by });
		await writer.append('r', [step('two')]);
		expect(await steps()).toEqual(['one', 'two']);
		const first = await journal.signals('r');
		expect(first.signals).toEqual([{ type: 'release', by }]);
		expect((await journal.signals('r', first.next)).signals).toEqual([]);
		await journal.signal('r', { type: 'pause', by });
		expect((await journal.signals('r', first.next)).signals).toEqual([{ type: 'pause', by }]);
	});

	it('passes over words it does not understand', async () => {
		const { journal, put, kafka } = journalOnFake();
		kafka.createTopic(journalTopic, 1);
		for (const value of ['not json', '{"v":2,"type":"release"}', '{"v":1,"type":"explode","by":{}}'])
			put('signal:r', value);
		expect((await journal.signals('r')).signals).toEqual([]);
		expect(await journal.read()).toEqual([]);
	});

	it('locks under the name of the link, or its hash when the name does not fit', () => {
		expect(lockId('orders')).toBe('kdr-lock.orders');
		expect(lockId('a b\u001b')).toMatch(/^kdr-lock\.[0-9a-f]{32}$/);
	});
});

it('reads what it has read before no second time, and all of it again when the log has become another', async () => {
	const { journal, kafka, put, steps } = journalOnFake();
	kafka.createTopic(journalTopic, 1);
	const first = encodeEntry('r', noTail, step('one'));
	put('r', first);
	expect(await steps()).toEqual(['one']);
	const log = kafka.log({ topic: journalTopic, partition: 0 });
	const from: bigint[] = [];
	const read = log.read.bind(log);
	log.read = (start, ...rest) => {
		from.push(start);
		return read(start, ...rest);
	};
	put('r', encodeEntry('r', { seq: 1, hash: hashOf(first) }, step('two')));
	expect(await steps()).toEqual(['one', 'two']);
	expect(from).toEqual([1n]);
	kafka.topics.delete(journalTopic);
	kafka.createTopic(journalTopic, 1);
	put('s', encodeEntry('s', noTail, step('three')));
	expect(await steps()).toEqual(['three']);
	expect((await Promise.all([journal.read(), journal.read()])).map((entries) => entries.length)).toEqual([1, 1]);
});

it('does not wait for the one transaction that a dead writer left open, however many entries it has, but for what it may hide', async () => {
	const stuck = (behind: string | null) => {
		const { journal, kafka, steps } = journalOnFake();
		kafka.createTopic(journalTopic, 1);
		const open = kafka.transaction('User:kdr');
		const first = encodeEntry('r', noTail, step('one'));
		const second = encodeEntry('r', { seq: 1, hash: hashOf(first) }, step('two'));
		for (const value of [first, second]) open.produce(journalTopic, 0, { key: 'r', value });
		if (behind !== null)
			kafka.produce('User:kdr', journalTopic, 0, { key: behind, value: encodeEntry(behind, noTail, step('hidden')) });
		return { journal, open, steps };
	};
	const [alone, hiding] = [stuck(null), stuck('s')];
	const waited = hiding.steps();
	expect(await alone.steps()).toEqual([]);
	const early = await Promise.race([waited, new Promise((resolve) => setImmediate(() => resolve('waits')))]);
	expect(early).toBe('waits');
	hiding.open.abort();
	expect(await waited).toEqual(['hidden']);
});
