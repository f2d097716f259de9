import { expect, test } from 'vitest';
import { mirrorSettings } from '../../../../src/steps/mirror/mirror-settings.ts';
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
