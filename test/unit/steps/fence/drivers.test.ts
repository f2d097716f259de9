import { describe, expect, test } from 'vitest';
import type { LinkConfig } from '../../../../src/domain/config/link.ts';
import { KdrError } from '../../../../src/domain/errors/kdr-error.ts';
import { bad, good, type Item } from '../../../../src/domain/item.ts';
import type { AclBinding } from '../../../../src/ports/acls.ts';
import { evictReaders } from '../../../../src/steps/fence/evict-readers.ts';
import { fenceWriters } from '../../../../src/steps/fence/fence-writers.ts';
import { openTarget } from '../../../../src/steps/fence/open-target.ts';
import type { StepContext } from '../../../../src/steps/kind.ts';
import {
	allow,
	context,
	denialsOn,
	type Estate,
	eastToWest,
	estate,
	ioOf,
	planOf,
	saysOf,
	statusOf,
	take,
	undo,
	verifyNow,
} from '../../../support/estate.ts';
import { fencedBy, fencePrograms } from '../../../support/fences.ts';

const asPerson = (link: LinkConfig, over: Partial<StepContext> = {}): StepContext => {
	const journalled: unknown[] = [];
	return context({
		link,
		step: 'fence-writers',
		approve: async () => 'ana',
		record: async (evidence) => void journalled.push(evidence),
		evidence: () => journalled,
		...over,
	});
};

const everything = ({ east, world }: Estate, up: Set<string>) => ({
	acls: [...east.acls],
	rates: [...east.rates],
	up: [...up],
	programs: world.programs.ran.filter(({ argv }) => argv[1] !== 'is-up').map(({ argv }) => argv.join(' ')),
});

describe.each([['acl'], ['quota'], ['exec'], ['manual'], ['quota', 'acl']] as LinkConfig['fence']['driver'][])(
	'a fence by %s %s',
	(...driver) => {
		const drivers = driver.filter((one) => one !== undefined);
		const link = fencedBy(drivers);

		test('is proven once it is set, is not set twice, and its undo leaves what was there before', async () => {
			const here = estate();
			const up = fencePrograms(here);
			here.east.rates.set('batch', 5_000);
			const before = everything(here, up);
			const ctx = asPerson(link);
			const { change, verified, checks } = await take(fenceWriters, here, { ctx });
			if (!change) throw new Error('nothing was changed');
			expect([...checks, ...verified].filter(({ status }) => status !== 'pass')).toEqual([]);
			expect(verified.length).toBeGreaterThan(0);
			if (drivers.join() !== 'manual') expect((await planOf(fenceWriters, here, { ctx })).change).toBeNull();
			await undo(fenceWriters, here, change, ctx);
			expect(everything(here, up)).toEqual({
				...before,
				programs: drivers.includes('exec') ? ['fence up', 'fence down'] : [],
			});
		});

		test('says in the plan what it stops and what not, and gives the commands', async () => {
			const here = estate();
			fencePrograms(here);
			const { summary } = await planOf(fenceWriters, here, { ctx: asPerson(link) });
			for (const one of drivers) expect(summary.note).toContain(`${one} `);
			expect(summary.commands?.length).toBeGreaterThan(0);
		});

		test('is gone from a cluster that is opened', async () => {
			const here = estate();
			const up = fencePrograms(here);
			await take(fenceWriters, here, { ctx: asPerson(link) });
			const { verified } = await take(openTarget, here, {
				ctx: asPerson(link, { move: { ...eastToWest, from: 'west', to: 'east' } }),
			});
			expect(statusOf(verified, 'target-open')).toBe('pass');
			expect([denialsOn(here.east), [...here.east.rates], [...up]]).toEqual([[], [], []]);
		});
	},
);

test('a brake is distinct from a fence: it only slows down', async () => {
	const here = estate();
	const { summary } = await planOf(fenceWriters, here, { ctx: asPerson(fencedBy(['quota'])) });
	expect(summary.note).toMatch(/only slows.*stops nobody/);
	await take(fenceWriters, here, { ctx: asPerson(fencedBy(['quota'], { quota: { bytesPerSecond: 7 } })) });
	expect([...here.east.rates]).toEqual([
		['app', 7],
		['batch', 7],
	]);
	expect(denialsOn(here.east)).toEqual([]);
});

test('a program that cannot tell whether the fence is up is not taken to say no', async () => {
	const here = estate();
	here.world.programs.answer = () => ({ code: 126, output: 'permission denied' });
	await expect(planOf(fenceWriters, here, { ctx: asPerson(fencedBy(['exec'])) })).rejects.toMatchObject({
		code: 'KDR_PROGRAM_FAILED',
	});
});

test('with nobody to answer a fence by hand is pending, and nothing claims that it is up', async () => {
	const here = estate();
	const ctx = asPerson(fencedBy(['manual']), { approve: async () => null });
	await expect(take(fenceWriters, here, { ctx })).rejects.toMatchObject({ code: 'KDR_APPROVAL_PENDING' });
	expect(statusOf(await verifyNow(fenceWriters, here, { ctx }), 'fence-person')).toBe('block');
});

test('without the driver acl readers are sent away and may come back: whoever does blocks the move', async () => {
	const here = estate();
	here.east.join('billing', { topics: ['orders'] });
	const { verified } = await take(evictReaders, here, { ctx: asPerson(fencedBy(['exec'])), params: { grace: 0 } });
	expect(denialsOn(here.east)).toEqual([]);
	expect(statusOf(verified, 'readers-gone')).toBe('pass');
	here.world.clock.advance(1);
	expect(statusOf(await verifyNow(evictReaders, here, { ctx: asPerson(fencedBy(['exec'])) }), 'readers-gone')).toBe(
		'block',
	);
});

describe('transactional ids', () => {
	const allowIds = ({ east }: Estate, principal: string, resourceName: string) =>
		void east.acls.push({
			resourceType: 'transactional-id',
			resourceName,
			patternType: 'prefixed',
			principal,
			host: '*',
			operation: 'write',
			permission: 'allow',
		});
	const idsDenied = ({ east }: Estate) =>
		denialsOn(east).flatMap((acl) =>
			acl.resourceType === 'transactional-id' ? [`${acl.principal} ${acl.resourceName}`] : [],
		);

	test('those that ACLs allow the principals are denied too, nobody else loses any', async () => {
		const here = estate();
		allowIds(here, 'User:app', 'app-');
		allowIds(here, 'User:other', 'other-');
		const { verified } = await take(fenceWriters, here);
		expect(verified.filter(({ status }) => status !== 'pass')).toEqual([]);
		expect(idsDenied(here)).toEqual(['User:app app-']);
		expect(() => here.east.transaction('User:app', 'app-9')).toThrow(/TRANSACTIONAL_ID_AUTHORIZATION_FAILED/);
	});

	test('whoever has a transaction open may still end it, for a moment', async () => {
		const here = estate();
		allowIds(here, 'User:app', 'app-');
		const open = here.east.transaction('User:app', 'app-1');
		open.produce('orders', 0, { value: 'half' });
		const noticed = new Set<boolean>();
		here.world.clock.onAdvance(() => {
			noticed.add(idsDenied(here).length === 0);
			if (here.east.open.size > 0) open.abort();
		});
		await take(fenceWriters, here);
		expect([...noticed]).toEqual([true]);
		expect(idsDenied(here)).toEqual(['User:app app-']);
	});

	test('a transaction nobody ends holds the fence up for three seconds and no longer', async () => {
		const here = estate();
		allowIds(here, 'User:app', 'app-');
		here.east.transaction('User:app', 'app-1').produce('orders', 0, { value: 'half' });
		const before = here.world.clock.now();
		await take(fenceWriters, here);
		expect(here.world.clock.now() - before).toBeLessThanOrEqual(3_200);
		expect(idsDenied(here)).toEqual(['User:app app-']);
	});

	test('kdr.yaml can name them, or leave them all alone', async () => {
		const named = estate();
		await take(fenceWriters, named, { ctx: asPerson(fencedBy(['acl'], { transactionalIds: ['tx-'] })) });
		expect(idsDenied(named)).toEqual(['User:app tx-', 'User:batch tx-']);
		const none = estate();
		allowIds(none, 'User:app', 'app-');
		await take(fenceWriters, none, { ctx: asPerson(fencedBy(['acl'], { transactionalIds: [] })) });
		expect(idsDenied(none)).toEqual([]);
	});
});

describe('traps', () => {
	test('a topic without any ACL blocks: the first denial would shut out MirrorMaker and readers too', async () => {
		const here = estate();
		here.east.acls = [];
		const { checks } = await planOf(fenceWriters, here);
		expect(statusOf(checks, 'fence-shuts-out')).toBe('block');
		expect(saysOf(checks, 'fence-shuts-out')).toBe('orders');
		// What it is for: on such a cluster nobody else may use the topic once it is fenced.
		await take(fenceWriters, here);
		expect(here.east.authorized('User:reader', 'read', 'topic', 'orders')).toBe(false);
	});

	test('all but the exempt: whoever an ACL allows is fenced, MirrorMaker is not', async () => {
		const here = estate();
		here.east.acls = [];
		for (const principal of ['User:mm2', 'User:new', 'User:app']) allow(here.east, principal);
		const link = fencedBy(['acl'], { principals: undefined, allBut: ['User:mm2'] });
		const { checks } = await take(fenceWriters, here, { ctx: asPerson(link) });
		expect(statusOf(checks, 'fence-somebody')).toBe('pass');
		expect(denialsOn(here.east).map(({ principal }) => principal)).toEqual(['User:app', 'User:new']);
	});

	test('all but the exempt cannot be had where an ACL allows everybody', async () => {
		const link = fencedBy(['acl'], { principals: undefined, allBut: ['User:mm2'] });
		const { checks } = await planOf(fenceWriters, estate(), { ctx: asPerson(link) });
		expect(statusOf(checks, 'fence-somebody')).toBe('block');
	});

	test('a broker that does not apply the denials yet blocks; one that says nothing is unknown, and only a warning in a failover', async () => {
		const here = estate();
		await take(fenceWriters, here);
		const facts = await fenceWriters.observe({}, ioOf(here), context());
		const propagated = (item: Item<AclBinding[]>, ctx = context()) =>
			statusOf(
				fenceWriters.verify({ ...facts, byBroker: new Map([...facts.byBroker, [2, item]]) }, null, {}, ctx, []),
				'fence-propagated',
			);
		expect(propagated(good(denialsOn(here.east)))).toBe('pass');
		expect(propagated(good(denialsOn(here.east).slice(1)))).toBe('block');
		const silent = bad(new KdrError('KDR_TIMEOUT', 'no answer'));
		expect(propagated(silent)).toBe('unknown');
		expect(propagated(silent, context({ move: { ...eastToWest, mode: 'failover' } }))).toBe('warn');
	});
});
