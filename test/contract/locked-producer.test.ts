import { describe, expect, it } from 'vitest';
import type { Leaders } from '../../src/adapters/platformatic/leaders.ts';
import type { Api } from '../../src/adapters/platformatic/lib.ts';
import { LockedProducer } from '../../src/adapters/platformatic/locked-producer.ts';
import type { Wire } from '../../src/adapters/platformatic/wire.ts';
import { KdrError } from '../../src/domain/errors/kdr-error.ts';

type Answer = number | 'silence';

/** Brokers that answer each kind of request as configured, then well. `sent` has what was sent, with the broker or the sequence number. */
async function cluster(configured: Partial<Record<string, Answer[]>>, timeoutMs = 20_000) {
	const sent: string[] = [];
	let coordinator = 0;
	const api = (name: string) => name as unknown as Api<unknown[], unknown>;
	const answers: Record<string, (code: number) => unknown> = {
		initProducerId: (errorCode) => ({ errorCode, producerId: 7n, producerEpoch: 3 }),
		addPartitionsToTxn: (code) => ({
			resultsByTransaction: [{ topicResults: [{ resultsByPartition: [{ partitionErrorCode: code }] }] }],
		}),
		produce: (errorCode) => ({ responses: [{ partitionResponses: [{ errorCode }] }] }),
		endTxn: (errorCode) => ({ errorCode }),
	};
	const names = Object.keys(answers);
	const wire = {
		where: { alias: 'west', bootstrap: ['west:1'] },
		timeoutMs,
		deadline: () => performance.now() + timeoutMs,
		requests: async () => Object.fromEntries([...names, 'findCoordinator'].map((name) => [name, api(name)])),
		lib: async () => ({ NumericMap: Map }),
		errorName: async (code: number) =>
			({ 6: 'NOT_LEADER_OR_FOLLOWER', 47: 'INVALID_PRODUCER_EPOCH', 53: 'TRANSACTIONAL_ID_AUTHORIZATION_FAILED' })[
				code
			] ?? `error ${code}`,
		expectOk: async (code: number) => {
			if (code !== 0) throw new KdrError('KDR_NOT_PERMITTED', `error ${code}`);
		},
		askAny: async () => ({ coordinators: [{ errorCode: 0, host: `c${++coordinator}`, port: 1 }] }),
		connection: async ({ host }: { host: string }) => host,
		send: async (to: string, name: string, args: unknown[]) => {
			const { sequences } = (name === 'produce' ? args[3] : {}) as { sequences?: Map<string, number> };
			const how =
				name === 'endTxn'
					? args[3]
						? ' commit'
						: ' abort'
					: name === 'produce'
						? ` ${sequences?.get('journal:0')}`
						: name === 'initProducerId' && args.length > 2
							? ` ${args[2]} ${args[3]}`
							: '';
			sent.push(`${to} ${name}${how}`);
			const code = configured[name]?.shift() ?? 0;
			if (code === 'silence') throw new KdrError('KDR_TIMEOUT', 'no answer');
			return answers[name]?.(code);
		},
	} as unknown as Wire;
	let led = 0;
	const leaders = {
		locate: async (_: unknown, fresh: boolean) =>
			new Map([['journal:0', { host: `l${fresh ? ++led : led}`, port: 1 }]]),
	} as unknown as Leaders;
	const take = () => LockedProducer.take(wire, leaders, 'kdr-lock.orders');
	const write = (lock: LockedProducer, values = ['event']) =>
		lock.write(
			'journal',
			values.map((value) => ({ key: 'run', value })),
		);
	return { sent, take, write };
}

const codeOf = (work: Promise<unknown>): Promise<unknown> =>
	work.then(
		() => 'done',
		(thrown: { code?: unknown }) => thrown.code,
	);

describe('the lock of the journal', () => {
	it('takes three requests a write, each record with the next sequence number', async () => {
		const { sent, take, write } = await cluster({});
		const lock = await take();
		await write(lock);
		await write(lock);
		const record = (n: number) => ['c1 addPartitionsToTxn', `l0 produce ${n}`, 'c1 endTxn commit'];
		expect(sent).toEqual(['c1 initProducerId', ...record(0), ...record(1)]);
	});

	it('takes no more for records that are written together, until they are too large for one batch', async () => {
		const { sent, take, write } = await cluster({});
		const lock = await take();
		const large = 'x'.repeat(600_000);
		await write(lock, ['one', 'two', 'three']);
		await write(lock, ['four', large, large]);
		await write(lock);
		expect(sent.filter((request) => request.includes('produce'))).toEqual([0, 3, 5, 6].map((n) => `l0 produce ${n}`));
		expect(sent.filter((request) => request.includes('commit'))).toHaveLength(3);
	});

	it('follows a coordinator and a leader that moved, and never gives the record a second number', async () => {
		const { sent, take, write } = await cluster({
			initProducerId: [51],
			addPartitionsToTxn: [16, 51],
			produce: [6, 19],
			endTxn: [15],
		});
		await write(await take());
		expect(sent).toEqual([
			...['c1 initProducerId', 'c1 initProducerId'],
			...['c1 addPartitionsToTxn', 'c2 addPartitionsToTxn', 'c2 addPartitionsToTxn'],
			...['l0 produce 0', 'l1 produce 0', 'l2 produce 0'],
			...['c2 endTxn commit', 'c3 endTxn commit'],
		]);
	});

	it('comes back after a failure as the same holder, with fresh sequence numbers, and is refused once somebody took it', async () => {
		const { sent, take, write } = await cluster({ produce: ['silence'], initProducerId: [0, 0, 47] });
		const lock = await take();
		expect(await codeOf(write(lock))).toBe('KDR_TIMEOUT');
		await lock.recover();
		await write(lock);
		expect(sent.filter((request) => /init|produce/.test(request))).toEqual([
			...['c1 initProducerId', 'l0 produce 0', 'c1 initProducerId 7 3', 'l0 produce 0'],
		]);
		expect(await codeOf(lock.recover())).toBe('KDR_FENCED_BY_OTHER');
	});

	it('is lost to whoever took it since, whichever request finds out, and stays lost', async () => {
		for (const request of ['addPartitionsToTxn', 'produce', 'endTxn']) {
			const { take, write } = await cluster({ [request]: [47] });
			const lock = await take();
			expect(await codeOf(write(lock)), request).toBe('KDR_FENCED_BY_OTHER');
			expect(await codeOf(write(lock)), request).toBe('KDR_FENCED_BY_OTHER');
		}
	});

	it('does not know what became of a commit without an answer, and writes nothing more', async () => {
		for (const code of ['silence', 53] as const) {
			const { sent, take, write } = await cluster({ endTxn: [code] });
			const lock = await take();
			expect(await codeOf(write(lock))).toBe('KDR_OUTCOME_UNKNOWN');
			const before = sent.length;
			expect(await codeOf(write(lock))).toBe('KDR_OUTCOME_UNKNOWN');
			expect(sent).toHaveLength(before);
		}
	});

	it('says what failed before the commit, aborts a refused record, and writes nothing more', async () => {
		const silent = await cluster({ produce: ['silence'] });
		const lock = await silent.take();
		expect(await codeOf(silent.write(lock))).toBe('KDR_TIMEOUT');
		expect(await codeOf(silent.write(lock))).toBe('KDR_TIMEOUT');
		expect(silent.sent.some((request) => request.includes('endTxn commit'))).toBe(false);
		const refused = await cluster({ produce: [10] });
		expect(await codeOf(refused.write(await refused.take()))).toBe('KDR_KAFKA_ERROR');
		expect(refused.sent.at(-1)).toBe('c1 endTxn abort');
		expect(await codeOf((await cluster({ initProducerId: [53] })).take())).toBe('KDR_NOT_PERMITTED');
		const forbidden = await cluster({ addPartitionsToTxn: [53] });
		expect(await codeOf(forbidden.write(await forbidden.take()))).toBe('KDR_NOT_PERMITTED');
	});

	it('gives up within its deadline while the coordinator stays busy', async () => {
		const { take } = await cluster({ initProducerId: Array.from({ length: 10_000 }, () => 51) }, 200);
		expect(await codeOf(take())).not.toBe('done');
	});
});
