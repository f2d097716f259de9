import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { readRunbook } from '../../../../src/adapters/yaml/runbook-file.ts';
import { mirrorSettings } from '../../../../src/steps/mirror/mirror-settings.ts';
import { registry } from '../../../../src/steps/registry.ts';
import { ask, context, type Estate, estate, statusOf } from '../../../support/estate.ts';

const settings = async (here: Estate) => (await ask(mirrorSettings, here, { ctx: context() })).checks;
const deny = {
	resourceType: 'topic',
	resourceName: 'orders',
	principal: 'User:app',
	host: '*',
	operation: 'write',
	permission: 'deny',
} as const;

test('a mirror of the way back that copies ACLs is reported, and blocks where there is a denial it would copy', async () => {
	const here = estate();
	expect(statusOf(await settings(here), 'mirror-copies-acls'), 'one that kdr makes has the sync off').toBe('pass');
	here.connectEast.add('source', 'west');
	expect(statusOf(await settings(here), 'mirror-copies-acls')).toBe('warn');
	here.west.acls.push({ ...deny, patternType: 'prefixed' });
	expect(statusOf(await settings(here), 'mirror-copies-acls'), 'PREFIXED ones are not copied').toBe('warn');
	here.west.acls.push({ ...deny, patternType: 'literal' });
	expect(statusOf(await settings(here), 'mirror-copies-acls')).toBe('block');
});

test('settings of topics that would become those of the other side are named, but for those MirrorMaker 2 never copies', async () => {
	const here = estate();
	Object.assign(here.east.topics.get('orders') ?? {}, { config: { 'retention.ms': '1', 'min.insync.replicas': '2' } });
	Object.assign(here.west.topics.get('orders') ?? {}, { config: {} });
	const check = (await settings(here)).find(({ code }) => code === 'mirror-copies-settings');
	expect(check).toMatchObject({ status: 'warn', observed: 'orders retention.ms 1 → inherited' });
});

test('every shipped runbook that starts a mirror asks first what it would copy besides records, before anybody is fenced', async () => {
	const folder = fileURLToPath(new URL('../../../../runbooks/', import.meta.url));
	const files = (await readdir(folder)).filter((name) => name.endsWith('.yaml'));
	const starting: string[] = [];
	for (const file of files) {
		const kinds = (await readRunbook(join(folder, file), registry)).steps.map(({ kind }) => kind);
		for (const [settings, resume] of [
			['mirror-settings', 'mirror-resume'],
			['return-mirror-settings', 'return-mirror-resume'],
		] as const) {
			if (!kinds.includes(resume)) continue;
			starting.push(file);
			const fence = kinds.includes('fence-writers') ? kinds.indexOf('fence-writers') : kinds.indexOf(resume);
			expect(kinds.slice(0, fence), `${file}: ${settings}`).toContain(settings);
		}
	}
	expect(starting).toEqual(
		expect.arrayContaining(['switchover.yaml', 'failback.yaml', 'rebuild.yaml', 'mirror-reverse.yaml']),
	);
});
