import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { type DnsRecord, normalizeRecord } from '../../src/domain/dns/record.ts';
import type { DnsAnswers, DnsZone } from '../../src/ports/dns.ts';

/** A zone under test that holds `east` under its name, and what else the suite must be able to do to it. */
export interface DnsWorld {
	zone: DnsZone;
	answers: DnsAnswers;
	/** The record as the provider holds it at the moment, asked past the zone under test. */
	truth(): Promise<DnsRecord | null>;
	/** Somebody else changes the record. */
	overwrite(record: DnsRecord): Promise<void>;
	/** The next write is carried out and its answer lost. */
	loseAnswer(): void;
	/** The next write is carried out, its answer is lost, and nothing is answered after it. */
	loseAnswerAndDie(): void;
	/** No request is carried out from now on. */
	die(): void;
	/** How many writes changed something. */
	writes(): number;
	close(): Promise<void>;
}

export const name = 'bootstrap.kafka.example.com.';
export const east: DnsRecord = { name, type: 'A', ttl: 5, values: ['127.0.1.1'] };
export const west: DnsRecord = { name, type: 'A', ttl: 5, values: ['127.0.2.1'] };
const north: DnsRecord = { name, type: 'A', ttl: 5, values: ['127.0.3.1'] };

/** What every DnsZone with its DnsAnswers must do. `start` is given how long a change takes to propagate, ms. */
export function dnsZoneContract(what: string, start: (propagationMs: number) => Promise<DnsWorld>): void {
	describe(`${what} as a DNS zone`, () => {
		let world: DnsWorld;
		beforeEach(async () => {
			world = await start(0);
		});
		afterEach(() => world.close());

		test('reads a record with its TTL, whatever the case and dot of the name asked', async () => {
			expect(await world.zone.read('Bootstrap.Kafka.example.com', 'A')).toEqual(east);
		});

		test('says null for a name or a type that has no record', async () => {
			expect(await world.zone.read('nobody.kafka.example.com.', 'A')).toBeNull();
			expect(await world.zone.read(name, 'AAAA')).toBeNull();
		});

		test('swaps the record, and the change gets INSYNC and is answered by every server', async () => {
			const { changeId } = await world.zone.swap(east, west);
			expect(changeId).toEqual(expect.any(String));
			expect(await world.zone.state(String(changeId))).toBe('INSYNC');
			expect(await world.truth()).toEqual(west);
			const answers = await world.answers.ask(name, 'A');
			expect(answers).toHaveLength(2);
			for (const answer of answers)
				expect(answer).toMatchObject({ values: west.values, ttl: 5, serial: expect.any(Number) });
		});

		test('changes the TTL alone too', async () => {
			await world.zone.swap(east, { ...east, ttl: 60 });
			expect(await world.zone.read(name, 'A')).toEqual({ ...east, ttl: 60 });
		});

		test('writes nothing when the record already is as wanted', async () => {
			expect(await world.zone.swap(west, east)).toEqual({ changeId: null });
			expect(world.writes()).toBe(0);
		});

		test.each([
			['another value', { ...east, values: ['127.0.9.9'] }],
			['another TTL', { ...east, ttl: 6 }],
			['one value more', { ...east, values: ['127.0.1.1', '127.0.1.2'] }],
		])('refuses to overwrite a record that somebody gave %s, and says what it found', async (_what, other) => {
			await world.overwrite(other);
			const swap = world.zone.swap(east, west);
			await expect(swap).rejects.toMatchObject({ code: 'KDR_DNS_UNEXPECTED_VALUE', worldMayHaveChanged: false });
			await expect(swap).rejects.toThrow(other.values[0] ?? '');
			expect(await world.truth()).toEqual(normalizeRecord(other));
		});

		test('refuses to create what it was to replace', async () => {
			const gone = { ...east, name: 'gone.kafka.example.com.' };
			await expect(world.zone.swap(gone, { ...gone, ttl: 9 })).rejects.toMatchObject({
				code: 'KDR_DNS_UNEXPECTED_VALUE',
			});
			expect(world.writes()).toBe(0);
		});

		test('of two swaps to different sides at once exactly one wins', async () => {
			const results = await Promise.allSettled([world.zone.swap(east, west), world.zone.swap(east, north)]);
			expect(results.map((result) => result.status).sort()).toEqual(['fulfilled', 'rejected']);
			const lost = results.find((result) => result.status === 'rejected');
			expect(lost?.reason).toMatchObject({ code: 'KDR_DNS_UNEXPECTED_VALUE' });
			expect(await world.truth()).toEqual(results[0]?.status === 'fulfilled' ? west : north);
		});

		test('a lost answer is settled by reading back: done, written once', async () => {
			world.loseAnswer();
			expect(await world.zone.swap(east, west)).toEqual({ changeId: null });
			expect(await world.truth()).toEqual(west);
			expect(world.writes()).toBe(1);
		});

		test('a lost answer that cannot be settled is an unknown outcome, never a failure', async () => {
			world.loseAnswerAndDie();
			await expect(world.zone.swap(east, west)).rejects.toMatchObject({
				code: 'KDR_OUTCOME_UNKNOWN',
				worldMayHaveChanged: true,
			});
			expect(await world.truth()).toEqual(west);
		});

		test('a provider that does not answer is named so, and nothing was changed', async () => {
			world.die();
			await expect(world.zone.read(name, 'A')).rejects.toMatchObject({ code: 'KDR_DNS_UNREACHABLE' });
			await expect(world.zone.swap(east, west)).rejects.toMatchObject({
				code: 'KDR_DNS_UNREACHABLE',
				worldMayHaveChanged: false,
			});
			expect(await world.truth()).toEqual(east);
		});

		test('a change nobody made is not in sync', async () => {
			await expect(world.zone.state('C99999999')).rejects.toMatchObject({ code: 'KDR_DNS_NOT_IN_SYNC' });
		});

		test('a name that does not exist is answered with no values, by every server', async () => {
			const answers = await world.answers.ask('nobody.kafka.example.com.', 'A');
			expect(answers.map((answer) => answer.values)).toEqual([[], []]);
		});
	});

	test(`${what} as a DNS zone: while a change is PENDING servers disagree, and all agree once it is INSYNC`, async () => {
		const world = await start(1000);
		try {
			const changeId = String((await world.zone.swap(east, west)).changeId);
			expect(await world.zone.state(changeId)).toBe('PENDING');
			expect(await world.zone.read(name, 'A')).toEqual(west);
			await vi.waitFor(async () => expect(new Set(await valuesOf(world)).size).toBe(2), {
				timeout: 4000,
				interval: 10,
			});
			await vi.waitFor(async () => expect(await world.zone.state(changeId)).toBe('INSYNC'), {
				timeout: 4000,
				interval: 10,
			});
			expect(await valuesOf(world)).toEqual(['127.0.2.1', '127.0.2.1']);
		} finally {
			await world.close();
		}
	});
}

async function valuesOf(world: DnsWorld): Promise<string[]> {
	return (await world.answers.ask(name, 'A')).map((answer) => String(answer.values));
}
