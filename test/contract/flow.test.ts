import { expect, it } from 'vitest';
import { Flow } from '../../src/adapters/platformatic/flow.ts';

/** Work that is answered on demand, with the rest a broker asks for. */
function broker(flow: Flow) {
	const open: { lane: number; answer(throttleTimeMs: number): void }[] = [];
	const send = (): Promise<unknown> =>
		flow.run(
			(lane) => new Promise((resolve) => open.push({ lane, answer: (throttleTimeMs) => resolve({ throttleTimeMs }) })),
		);
	const settle = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
	return { open, send, settle };
}

it('keeps a bounded number of requests on their way, over few connections as long as they are few', async () => {
	const { open, send, settle } = broker(new Flow());
	const all = Array.from({ length: 1_000 }, send);
	await settle();
	expect(open).toHaveLength(512);
	expect(open.slice(0, 4).map(({ lane }) => lane)).toEqual([0, 0, 0, 0]);
	expect([...Map.groupBy(open, ({ lane }) => lane).values()].map((of) => of.length)).toEqual(Array(8).fill(64));
	let most = 0;
	for (let next = open.shift(); next; next = open.shift()) {
		next.answer(0);
		await settle();
		most = Math.max(most, open.length);
	}
	await Promise.all(all);
	expect(most).toBe(512);
});

it('has half as many on their way once the broker throttles, none before the time it asked for, and more again with every answer', async () => {
	const { open, send, settle } = broker(new Flow());
	const all = Array.from({ length: 2_000 }, send);
	await settle();
	const asked = performance.now();
	for (const { answer } of open.splice(0)) answer(30);
	await settle();
	expect(open).toHaveLength(0);
	while (open.length === 0) await settle();
	expect(performance.now() - asked).toBeGreaterThanOrEqual(29);
	await settle();
	const first = open.length;
	expect(first).toBeLessThanOrEqual(257);
	for (const { answer } of open.splice(0)) answer(0);
	await settle();
	expect(open.length).toBeGreaterThan(first);
	for (let next = open.shift(); next; next = open.shift()) {
		next.answer(0);
		await settle();
	}
	await Promise.all(all);
});

it('lets a failed request free its place', async () => {
	const flow = new Flow();
	const failed = await Promise.allSettled(
		Array.from({ length: 300 }, () => flow.run(() => Promise.reject(new Error('gone')))),
	);
	expect(failed.every(({ status }) => status === 'rejected')).toBe(true);
	expect(await flow.run(async (lane) => ({ lane, throttleTimeMs: 0 }))).toMatchObject({ lane: 0 });
});
