import { mkdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { connectors, workerProperties } from '../../../src/lab/connect-config.ts';
import { createFiles } from '../../../src/lab/create.ts';
import { type EstateName, estateNames, type LabState } from '../../../src/lab/estate.ts';
import { estates } from '../../../src/lab/estates/index.ts';
import { brokerProperties, properties } from '../../../src/lab/kafka-config.ts';
import { aclBindings, permissionsFor } from '../../../src/lab/permissions.ts';
import { temporaryFolder } from '../../support/clean-up.ts';

describe('estates of the lab', () => {
	let root: string;
	beforeEach(() => {
		root = temporaryFolder('estates');
	});
	afterEach(() => rmSync(root, { recursive: true }));

	async function filesOf(estate: EstateName): Promise<LabState> {
		const dir = join(root, estate);
		mkdirSync(dir);
		return await createFiles({ name: estate, estate, index: 3, dir, brokers: estates[estate].brokers });
	}

	it('every estate but home says what is odd in it, under its own name', () => {
		for (const name of estateNames) expect(estates[name].name).toBe(name);
		expect(estateNames.filter((name) => estates[name].odd.length === 0)).toEqual(['home']);
	});

	it.each(estateNames)('%s: kdr.yaml names every topic of the link, and nothing is granted twice', async (name) => {
		const state = await filesOf(name);
		const { links } = parse(readFileSync(join(state.dir, 'kdr.yaml'), 'utf8'));
		expect(links.orders.topics).toEqual(estates[name].topics.map((topic) => topic.name));
		const texts = aclBindings(permissionsFor(estates[name])).map((binding) => JSON.stringify(binding));
		expect(new Set(texts).size).toBe(texts.length);
	});

	it('hostile: two source connectors take different topics, or every record of one would be mirrored twice', async () => {
		const all = connectors(await filesOf('hostile'), 'east', 'west');
		const [first, second] = Object.entries(all).flatMap(([name, config]) => (name.includes('source') ? [config] : []));
		const takes = (config: Record<string, string> | undefined, topic: string): boolean =>
			new RegExp(`^(?:${config?.topics})$`).test(topic) &&
			!(config?.['topics.exclude'] ?? '').split(',').some((one) => new RegExp(`^(?:${one})$`).test(topic));
		for (const topic of ['orders', 'inventory', 'kdr-journal.internal', 'warehouse.stock'])
			expect([topic, takes(first, topic) !== takes(second, topic)]).toEqual([topic, true]);
		for (const topic of ['connect-west-configs', 'mm2-offset-syncs.target.internal', '__consumer_offsets'])
			expect([topic, takes(first, topic) || takes(second, topic)]).toEqual([topic, false]);
	});

	it("hostile: a worker's group id with umlauts reaches Java as written: properties files are Latin-1", async () => {
		const text = properties(workerProperties(await filesOf('hostile'), 'east'));
		expect(text).toContain('group.id=Plattform "\\u00dcbertragung" east\n');
		expect(text).toMatch(/^[\x20-\x7e\n]*$/);
	});

	it('old: brokers ask ZooKeeper and know nothing of KRaft, which would not start', async () => {
		const { sides } = await filesOf('old');
		expect(sides.east.zookeeper).toMatchObject({ host: '127.43.1.1', port: 2181 });
		const passwords = { admin: 'a', mm2: 'm', kdr: 'k', app: 'p', tenant: 't' };
		const plan = { index: 3, alias: 'east' as const, ids: [1], id: 1, logDir: '/data', passwords };
		const text = brokerProperties({ ...plan, zookeeper: '127.43.1.1:2181' });
		expect(text).toContain('zookeeper.connect=127.43.1.1:2181\n');
		expect(text).not.toMatch(/process\.roles|controller\.|share\./);
	});
});
