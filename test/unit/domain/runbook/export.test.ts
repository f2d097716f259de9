import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import type { PlannedStep } from '../../../../src/domain/plan/planned-step.ts';
import { exportMarkdown, exportScript } from '../../../../src/domain/runbook/export.ts';
import { preview } from '../../../../src/engine/preview.ts';
import { temporaryFolder } from '../../../support/clean-up.ts';
import { eastToWest, estate, processOf, produce, shipped } from '../../../support/estate.ts';

const clusters = {
	east: { bootstrap: ['e1:9092', 'e2:9092'], connect: 'http://e:8083/' },
	west: { bootstrap: ['w1:9092'], connect: 'http://w:8083' },
};
const at = '2026-11-21T03:12:07Z';

const bash = (script: string, cwd: string): string =>
	execFileSync('bash', ['--norc', '-c', script], { encoding: 'utf8', cwd, env: { PATH: process.env.PATH, YES: '1' } });

test('names with a shell in them are shown and never run, wherever they appear', async () => {
	const dir = temporaryFolder('export');
	try {
		const evil = 'a\ntouch pwned; $(touch pwned) `touch pwned` \' " \u001b[2J';
		const planned = (status: PlannedStep['status'], id: string): PlannedStep => ({
			step: { id, kind: 'drain', params: {}, pointOfNoReturn: id === 'gate' },
			status,
			purpose: evil,
			summary: { what: evil, now: evil, after: evil, undo: evil, commands: status === 'change' ? ['echo done'] : [] },
			checks: [{ code: 'x', status: 'block', what: evil, observed: evil }],
			waits: false,
		});
		const plan = (['gate', 'change', 'already', 'skipped', 'failed'] as const).map((status) => planned(status, status));
		const said = bash(exportScript({ name: evil, move: eastToWest, at, clusters, plan }), dir);
		expect(existsSync(join(dir, 'pwned'))).toBe(false);
		expect(said).toContain('\ndone\n');
		expect(said).toContain('point of no return');
		expect(said).toContain('\\x1b[2J');
		expect(said).not.toContain('\u001b');
	} finally {
		await rm(dir, { recursive: true });
	}
});

test('a switchover of the estate is a script that bash takes, with every change in it and no plan run', async () => {
	const here = estate();
	produce(here.east, 5);
	here.world.pump();
	const plan = await preview(processOf(here, eastToWest), {
		move: eastToWest,
		steps: await shipped('switchover'),
		consent: {},
	});
	const facts = { name: 'switchover', move: eastToWest, at, clusters, plan };
	const script = exportScript(facts);
	expect(execFileSync('bash', ['--norc', '-n'], { input: script, encoding: 'utf8' })).toBe('');
	expect(script).toContain('KAFKA_east=e1:9092,e2:9092\n');
	expect(script).toContain('CONNECT_east=http://e:8083\n');
	const order = [
		'connectors/east-to-west-checkpoint/stop',
		'Write',
		'Read',
		'connectors/east-to-west-source/stop',
		'initial_state',
		'kafka-get-offsets.sh',
		'aws route53',
		'/resume',
	];
	const found = order.map((text) => script.indexOf(text));
	expect(found).toEqual(found.toSorted((a, b) => a - b));
	expect(found[0]).toBeGreaterThan(0);
	const page = exportMarkdown(facts);
	for (const { step } of plan) expect(page).toContain(`. ${step.id}\n`);
	expect(page.indexOf('Point of no return')).toBeLessThan(page.indexOf('aws route53'));
});

test('a code block of the page is not ended by what is in it', () => {
	const plan: PlannedStep[] = [
		{
			step: { id: 'own', kind: 'exec', params: {} },
			status: 'change',
			purpose: 'run a program',
			summary: { what: 'x', now: 'a', after: 'b', undo: '-', commands: ["echo '\n```\n# not a title'"] },
			checks: [],
			waits: false,
		},
	];
	expect(exportMarkdown({ name: 'n', move: eastToWest, at, clusters, plan })).toContain(
		"````sh\necho '\n```\n# not a title'\n````",
	);
});
