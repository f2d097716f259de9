import { describe, expect, it } from 'vitest';
import { labTopics } from '../../../../src/lab/estate.ts';
import { identityOf } from '../../../../src/lab/ledger/identity.ts';
import { aclBindings } from '../../../../src/lab/permissions.ts';
import { clientKinds } from '../../../../src/lab/traffic/client-kinds.ts';
import { RecordSource } from '../../../../src/lab/traffic/records.ts';
import { roster } from '../../../../src/lab/traffic/roster.ts';
import { type ClientStatus, isUp } from '../../../../src/lab/traffic/status.ts';

const plan = {
	kind: 'plain',
	client: 'orders',
	topic: 'orders',
	partitions: 3,
	rate: 1,
	keys: 5,
	tombstones: 10,
} as const;
const outgoing = () => [...new RecordSource(plan).take(60).values()].flat();

describe('the records of the traffic', () => {
	it('carry their identity where the ledger looks for it, tombstones included', () => {
		for (const { id, message } of outgoing()) {
			const value = message.value === null ? null : Buffer.from(message.value);
			expect(identityOf({ value, header: Buffer.from(String(message.headers?.['kdr-id'])) })).toEqual({
				id,
				damaged: false,
			});
		}
		expect(outgoing().filter(({ message }) => message.value === null)).toHaveLength(6);
	});

	it('rise in order within each partition, and keep a key on one partition', () => {
		const homes = new Map<string, Set<number>>();
		for (const [partition, batch] of new RecordSource(plan).take(60)) {
			const seqs = batch.map(({ seq }) => seq);
			expect(seqs).toEqual(seqs.toSorted((a, b) => a - b));
			for (const { key } of batch) homes.set(key, (homes.get(key) ?? new Set()).add(partition));
		}
		expect(new Set([...homes.values()].map(({ size }) => size))).toEqual(new Set([1]));
	});
});

describe('the roster', () => {
	it('adds up to the rate asked for', () => {
		expect(roster({ rate: 600 }).producers.reduce((sum, { rate }) => sum + rate, 0)).toBe(600);
	});

	it('has one producer more when one is to stay on the old side, and nobody else is pinned', () => {
		const { producers } = roster({ rate: 600, stray: 'east' });
		expect(producers.filter(({ pinned }) => pinned !== undefined)).toMatchObject([{ client: 'stray', pinned: 'east' }]);
		expect(producers).toHaveLength(roster({ rate: 600 }).producers.length + 1);
	});

	it('has the clients of the kinds asked for and no others, and names nobody twice: two of one name would share a ledger', () => {
		const { producers, groups } = roster({ rate: 600, clients: ['hasty', 'stubborn'] });
		expect(producers.map(({ client }) => client)).toEqual(['hasty', 'stubborn']);
		expect(groups.map(({ group }) => group)).toEqual(['app-hasty', 'app-stubborn']);
		const all = roster({ rate: 600, clients: clientKinds, stray: 'east' });
		const names = [
			...all.producers.map(({ client }) => client),
			...all.groups.flatMap(({ group, members }) => Array.from({ length: members }, (_, n) => `${group}-${n + 1}`)),
		];
		expect(new Set(names).size).toBe(names.length);
	});

	it('names only topics the lab has, with their partitions, and groups the application may use', () => {
		const { producers, groups } = roster({ rate: 600, clients: clientKinds });
		for (const { topic, partitions } of producers)
			expect(labTopics).toContainEqual(expect.objectContaining({ name: topic, partitions }));
		const allowed = aclBindings().filter(
			({ principal, resourceType }) => principal === 'User:app' && resourceType === 'group',
		);
		const names = allowed.map(({ resourceName }) => resourceName);
		for (const { group } of groups)
			expect(names.some((name) => name === group || (name === 'app-' && group.startsWith(name)))).toBe(true);
	});
});

describe('the traffic', () => {
	const client = (over: Partial<ClientStatus>): ClientStatus => ({
		...{
			client: 'c',
			role: 'producer',
			side: 'east',
			sent: 0,
			acked: 0,
			failed: 0,
			unknown: 0,
			processed: 0,
			restarts: 0,
			lastError: null,
		},
		...over,
	});
	const up = (...clients: ClientStatus[]) => isUp({ clients });

	it('is up once every producer was answered and every group processed something, whichever member did', () => {
		const idle = client({ client: 'b-1', role: 'consumer', group: 'billing' });
		const busy = client({ client: 'b-2', role: 'consumer', group: 'billing', processed: 1 });
		expect(up(client({ acked: 1 }), idle, busy)).toBe(true);
		expect(up(client({ acked: 1 }), idle)).toBe(false);
		expect(up(client({ acked: 0 }), idle, busy)).toBe(false);
	});
});
