import { expect, test } from 'vitest';
import type { Move } from '../../../src/domain/run/events.ts';
import { journalChecks } from '../../../src/steps/journal-kept.ts';
import { preflight } from '../../../src/steps/preflight.ts';
import { ask, context, eastToWest, estate } from '../../support/estate.ts';

const kept = {
	'cleanup.policy': 'delete',
	'retention.ms': '-1',
	'retention.bytes': '-1',
	'min.insync.replicas': '2',
};

async function seen(config: Record<string, string>, mode: Move['mode'] = 'switchover', replicationFactor = 3) {
	const here = estate();
	here.west.createTopic('kdr-journal.internal', 1, { config, replicationFactor });
	const { checks } = await ask(preflight, here, { ctx: context({ move: { ...eastToWest, mode } }) });
	return checks.find(({ code }) => code === 'journal-kept');
}

test('a journal as kdr creates it passes, and one that is not there yet is no finding', async () => {
	expect(await seen(kept)).toMatchObject({ status: 'pass' });
	const { checks } = await ask(preflight, estate());
	expect(checks.map(({ code }) => code)).not.toContain('journal-kept');
});

test('a journal that its cluster compacts, or that takes no writes, blocks a planned move; an unplanned one is only warned', async () => {
	for (const bad of [{ 'cleanup.policy': 'compact' }, { 'min.insync.replicas': '4' }]) {
		expect(await seen({ ...kept, ...bad })).toMatchObject({ status: 'block' });
		expect(await seen({ ...kept, ...bad }, 'failover')).toMatchObject({ status: 'warn' });
	}
});

test('a journal whose entries expire is a warning with the one command that mends all of it', async () => {
	const { 'retention.ms': _, ...expires } = kept;
	expect(await seen({ ...expires, 'min.insync.replicas': '1' })).toMatchObject({
		status: 'warn',
		observed: 'retention.ms is the default, min.insync.replicas is 1, of 3',
		hint: expect.stringMatching(
			/^kafka-configs\.sh .* --entity-name kdr-journal\.internal --add-config '?retention\.ms=-1,min\.insync\.replicas=2'?$/,
		),
	});
});

test('a mirror that copies the journal of the other side is harmless, and named', () => {
	const codes = (mirrored: boolean) =>
		journalChecks({ replicas: 3, settings: kept, mirrored }, context()).map(({ code, status }) => `${code} ${status}`);
	expect(codes(false)).toEqual(['journal-kept pass']);
	expect(codes(true)).toEqual(['journal-kept pass', 'journal-mirrored warn']);
});
