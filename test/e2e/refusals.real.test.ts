import { cpSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { asAdmin } from '../../src/lab/cluster-setup.ts';
import { openLab } from '../../src/lab/lab.ts';
import { KdrProcess } from '../support/kdr.ts';

/** Each fault: one clear error, its exit code, and a world that is as it was. */
describe('what is refused before anything changes', () => {
	const kdr = new KdrProcess('refuse');
	beforeAll(() => kdr.up());
	afterAll(() => kdr.down());

	/** A kdr.yaml beside the lab's own with one thing changed. */
	const changed = (change: (yaml: string) => string): string => {
		const file = join(dirname(kdr.config), 'changed.yaml');
		writeFileSync(file, change(readFileSync(kdr.config, 'utf8')));
		return file;
	};
	const move = (config: string) => kdr.json('switchover', '--to', 'west', '--confirm', 'west', '--config', config);
	const world = async () => {
		const [dns, mirror, runs] = [
			await kdr.ok<{ record: unknown }>('dns', 'show'),
			await kdr.ok<{ connectors: { name: string; state: string }[] }>('mirror', 'status'),
			await kdr.ok<{ runs: unknown[] }>('runs', 'list'),
		];
		return {
			record: dns.record,
			connectors: mirror.connectors.map(({ name, state }) => [name, state]),
			runs: runs.runs.length,
		};
	};

	it('a wrong password names the cluster and the user, and never the password', async () => {
		const before = await world();
		cpSync(join(dirname(kdr.config), 'secrets', 'app'), join(dirname(kdr.config), 'secrets', 'wrong'));
		const answer = await move(changed((yaml) => yaml.replaceAll('secrets/kdr', 'secrets/wrong')));
		expect(answer).toMatchObject({ exit: 3, ok: false, error: { code: 'KDR_AUTH_FAILED' } });
		const secret = readFileSync(join(dirname(kdr.config), 'secrets', 'wrong'), 'utf8');
		expect(JSON.stringify(answer)).not.toContain(secret.trim());
		expect(await world()).toEqual(before);
	});

	it('an unreachable Connect is said, and nothing changes', async () => {
		const before = await world();
		const answer = await move(changed((yaml) => yaml.replaceAll(':8083', ':8099')));
		expect(answer).toMatchObject({
			exit: 3,
			error: { code: expect.stringMatching(/^KDR_(CONNECT_UNREACHABLE|CHECK_FAILED)$/) },
		});
		expect(JSON.stringify(answer.error)).toContain(':8099');
		expect(await world()).toEqual(before);
	});

	it('a record that somebody else changed is not touched', async () => {
		const before = await world();
		const answer = await move(
			changed((yaml) => yaml.replace(/(east:\n\s+- )127\.\d+\.1\.1\n(\s+west:)/, '$1192.0.2.7\n$2')),
		);
		expect(answer).toMatchObject({ exit: 4, error: { code: 'KDR_DNS_UNEXPECTED_VALUE' } });
		expect(await world()).toEqual(before);
	});

	it('a topic missing on the standby blocks the move by name', async () => {
		const before = await world();
		process.env.XDG_STATE_HOME = kdr.home;
		await asAdmin(openLab(kdr.lab), 'east', (admin) =>
			admin.createTopics({ topics: [{ topic: 'invoices', numPartitions: 2 }] }),
		);
		const answer = await move(changed((yaml) => yaml.replace('- orders\n', '- orders\n      - invoices\n')));
		expect(answer).toMatchObject({
			exit: 3,
			error: { code: 'KDR_TOPIC_MISSING', message: expect.stringContaining('invoices') },
		});
		expect(await world()).toEqual(before);
	});

	it('a typo in kdr.yaml gives file, line and the right word', async () => {
		const answer = await move(changed((yaml) => yaml.replace('bootstrap:', 'bootstrp:')));
		expect(answer).toMatchObject({ exit: 2, error: { code: 'KDR_CONFIG_INVALID' } });
		expect(JSON.stringify(answer.error)).toMatch(/changed\.yaml:\d+:\d+/);
		expect(JSON.stringify(answer.error)).toContain('bootstrap');
	});

	it('without a terminal and without --confirm nothing starts', async () => {
		const before = await world();
		const answer = await kdr.json('switchover', '--to', 'west');
		expect(answer).toMatchObject({
			exit: 4,
			error: { code: 'KDR_CONFIRM_NEEDED', hint: expect.stringContaining('--confirm west') },
		});
		expect(await world()).toEqual(before);
	});
});
