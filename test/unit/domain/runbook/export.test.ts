import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { chmod, mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import type { PlannedStep } from '../../../../src/domain/plan/planned-step.ts';
import { exportMarkdown, exportScript } from '../../../../src/domain/runbook/export.ts';
import { preview } from '../../../../src/engine/preview.ts';
import type { AnyKind } from '../../../../src/steps/kind.ts';
import { registry } from '../../../../src/steps/registry.ts';
import { temporaryFolder } from '../../../support/clean-up.ts';
import { context, eastToWest, estate, link, processOf, produce, shipped } from '../../../support/estate.ts';

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
			...(status === 'gate' && { byHand: { commands: ['echo looked'], see: evil } }),
			waits: false,
		});
		const plan = (['gate', 'change', 'already', 'skipped', 'failed'] as const).map((status) => planned(status, status));
		const said = bash(exportScript({ name: evil, move: eastToWest, at, clusters, plan }), dir);
		expect(existsSync(join(dir, 'pwned'))).toBe(false);
		expect(said).toContain('\ndone\n');
		expect(said).toContain('\nlooked\n   must be seen: a');
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
		'kafka-get-offsets.sh --bootstrap-server "$KAFKA_west" --command-config "$CONFIG_west" --topic-partitions',
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

type Gate = Extract<AnyKind, { type: 'gate' }>;
const gates = [...new Set(registry.values())].filter((kind): kind is Gate => kind.type === 'gate');
const given: Record<string, object> = { manual: { text: 'call the owners' } };

/** A `bin` folder whose tools print how they were called; curl answers as Connect does for its list of connectors. */
async function printingTools(dir: string): Promise<void> {
	await mkdir(dir);
	const kafka = ['acls', 'configs', 'console-consumer', 'consumer-groups', 'get-offsets', 'topics', 'transactions'];
	for (const name of [...kafka.map((tool) => `kafka-${tool}.sh`), 'curl', 'dig', 'sleep']) {
		const answer =
			name === 'curl'
				? 'case "$*" in */connectors) echo \'["a","b"]\' ;; *) echo "curl $*" ;; esac'
				: `echo "${name} $*"`;
		await writeFile(join(dir, name), `#!/bin/sh\n${answer}\n`);
		await chmod(join(dir, name), 0o755);
	}
}

const odd = { ...link, topics: ['orders', "a'b", '$(touch pwned)[.].*'] };

test.each(
	gates.flatMap((kind) =>
		(['switchover', 'failover'] as const).map((mode) => ({ name: `${kind.kind} in a ${mode}`, kind, mode })),
	),
)(
	'$name: without kdr, its commands look at the same and only read, and it says what must be seen',
	async ({ kind, mode }) => {
		const dir = temporaryFolder('gate');
		const ctx = context({ link: odd, move: { ...eastToWest, mode }, fromAlive: mode === 'switchover' });
		const byHand = kind.byHand(kind.params.parse(given[kind.kind] ?? {}), ctx);
		expect(byHand.see).not.toBe('');
		if (!kind.asksPerson) expect(byHand.commands).not.toEqual([]);
		const all = byHand.commands.join('\n');
		expect(all.split('\n')).toHaveLength(Math.max(1, byHand.commands.length));
		expect(all).not.toMatch(/PUT|POST|PATCH|DELETE|--(add|alter|create|delete|remove|execute|reset)/);
		await printingTools(join(dir, 'bin'));
		const planned: PlannedStep = {
			step: { id: kind.kind, kind: kind.kind, params: {} },
			status: 'gate',
			purpose: kind.purpose,
			summary: { what: 'x', now: 'a', after: 'b', undo: '-' },
			checks: [],
			byHand,
			waits: false,
		};
		const script = exportScript({ name: 'n', move: eastToWest, at, clusters, plan: [planned] });
		const said = bash(`PATH=${join(dir, 'bin')}:$PATH\n${script}`, dir);
		expect(existsSync(join(dir, 'pwned'))).toBe(false);
		expect(said).toContain('must be seen: ');
		for (const tool of byHand.commands.flatMap((command) => /^(kafka-\S+|dig)/.exec(command)?.slice(1) ?? []))
			expect(said).toContain(`\n${tool} `);
		expect(exportMarkdown({ name: 'n', move: eastToWest, at, clusters, plan: [planned] })).toContain('you must see:');
	},
);

test('a look that fails stops a script that asks nobody: unknown passes no gate', () => {
	const planned: PlannedStep = {
		step: { id: 'wait', kind: 'drain', params: {} },
		status: 'gate',
		purpose: 'wait',
		summary: { what: 'x', now: 'a', after: 'b', undo: '-' },
		checks: [],
		byHand: { commands: ['false', 'echo second'], see: 'nothing' },
		waits: false,
	};
	const script = exportScript({ name: 'n', move: eastToWest, at, clusters, plan: [planned, planned] });
	const ran = spawnSync('bash', ['--norc', '-c', script], {
		encoding: 'utf8',
		env: { PATH: process.env.PATH, YES: '1' },
	});
	expect(ran.status).toBe(1);
	expect(ran.stdout).toContain('A command failed');
	expect(ran.stdout.match(/second/g)).toHaveLength(1);
});
