import { existsSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { KdrError } from '../../../src/domain/errors/kdr-error.ts';
import { createFiles } from '../../../src/lab/create.ts';
import { withLock } from '../../../src/lab/lock.ts';
import { claimSlice, releaseSlice } from '../../../src/lab/slices.ts';
import { readState, updateState } from '../../../src/lab/state.ts';
import { temporaryFolder } from '../../support/clean-up.ts';

describe('what labs share', () => {
	let root: string;
	const before = process.env.TMPDIR;
	const free = async () => {};

	beforeEach(() => {
		root = temporaryFolder('claims');
		process.env.TMPDIR = root;
	});
	afterEach(() => {
		if (before === undefined) delete process.env.TMPDIR;
		else process.env.TMPDIR = before;
		rmSync(root, { recursive: true });
	});

	it('labs started at the same moment get different addresses', async () => {
		const claims = Array.from({ length: 8 }, (_, i) => claimSlice(join(root, `lab-${i}`), free));
		expect((await Promise.all(claims)).sort()).toEqual([0, 1, 2, 3, 4, 5, 6, 7]);
	});

	it('addresses of a lab that is gone are used again, lowest first', async () => {
		for (const name of ['a', 'b', 'c']) await claimSlice(join(root, name), free);
		releaseSlice(join(root, 'b'));
		rmSync(join(root, 'a'), { recursive: true }); // removed by hand, without releasing
		expect(await claimSlice(join(root, 'd'), free)).toBe(0);
		expect(await claimSlice(join(root, 'e'), free)).toBe(1);
	});

	it('addresses with a taken port are passed over; the port is named when there is no other', async () => {
		const taken = (index: number) => new KdrError('KDR_LAB_PORT_TAKEN', `slice ${index}`);
		const firstTaken = async (index: number) => {
			if (index === 0) throw taken(index);
		};
		expect(await claimSlice(join(root, 'a'), firstTaken)).toBe(1);
		const allTaken = async (index: number) => {
			throw taken(index);
		};
		await expect(claimSlice(join(root, 'b'), allTaken)).rejects.toMatchObject({
			code: 'KDR_LAB_PORT_TAKEN',
			message: 'slice 0',
		});
		expect(existsSync(join(root, 'b'))).toBe(false);
	});

	it('only one at a time holds a lock', async () => {
		const path = join(root, 'lock');
		let inside = 0;
		let most = 0;
		const work = async () => {
			most = Math.max(most, ++inside);
			await new Promise(setImmediate);
			inside--;
		};
		await Promise.all(Array.from({ length: 5 }, () => withLock(path, { what: 'it', waitMs: 20_000 }, work)));
		expect(most).toBe(1);
		expect(existsSync(path)).toBe(false);
	});

	it('the lock of a dead process is taken over; that of a live one is waited for and then named', async () => {
		const path = join(root, 'lock');
		writeFileSync(path, JSON.stringify({ pid: process.pid, startedAt: 'long ago' }));
		expect(await withLock(path, { what: 'it', waitMs: 5_000 }, async () => 'in')).toBe('in');
		const inner = withLock(path, { what: 'outer', waitMs: 5_000 }, () =>
			withLock(path, { what: 'it', waitMs: 0 }, async () => 'in'),
		);
		await expect(inner).rejects.toMatchObject({
			code: 'KDR_LOCKED',
			message: expect.stringContaining(String(process.pid)),
		});
	});

	it('changes of the state made at the same time are all kept', async () => {
		const dir = join(root, 'lab');
		mkdirSync(dir);
		await createFiles({ name: 'lab', estate: 'home', index: 0, dir, brokers: { east: 3, west: 1 } });
		const ids = [1, 2, 3];
		await Promise.all(
			ids.map((id) =>
				updateState(dir, ({ sides }) => {
					for (const broker of sides.east.brokers) if (broker.id === id) broker.process.pid = 1000 + id;
				}),
			),
		);
		expect(readState(dir)?.sides.east.brokers.map(({ process }) => process.pid)).toEqual([1001, 1002, 1003]);
	});
});
