import { spawn } from 'node:child_process';
import { readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { CheckedRunbook } from '../../src/domain/runbook/checked.ts';
import type { LabState } from '../../src/lab/estate.ts';
import { route53AccessKeyId } from '../../src/lab/kdr-yaml.ts';
import { temporaryFolder } from '../support/clean-up.ts';
import { finished, KdrProcess } from '../support/kdr.ts';
import { until } from '../support/until.ts';
import { clientProperties, vanillaTools } from '../support/vanilla-tools.ts';

interface Run {
	run: string;
	result: string;
}

/** Programs write what they were given to `seen`: what a program that ends well prints is not journalled. */
const book = (text: string, seen: string): string => `name: by-hand
mode: change
steps:
  - kind: preflight
  - kind: exec
    with: { run: [sh, -c, 'echo "$KDR_FROM to $KDR_TO" >>"$0"', ${seen}] }
  - id: announced
    kind: manual
    with: { text: ${text} }
  - id: literal
    kind: exec
    with: { run: [sh, -c, 'echo "$1" >>"$0"', ${seen}, $(id)] }
`;

describe('runbooks on real clusters', () => {
	const kdr = new KdrProcess('runbook');
	let dir: string;
	let lab: LabState;
	beforeAll(async () => {
		await kdr.up();
		dir = temporaryFolder('runbook');
		lab = kdr.labState();
	});
	afterAll(async () => {
		await kdr.down();
		await rm(dir, { recursive: true, force: true });
	});

	const secret = (name: string) => readFile(join(lab.dir, 'secrets', name), 'utf8').then((text) => text.trim());

	it('a drill changes nothing, and what a runbook needs is seen to be there', async () => {
		await expect(kdr.ok<Run>('run', 'drill', '--to', 'west', '--confirm', 'west')).resolves.toMatchObject({
			result: 'done',
		});
		const live = await kdr.json<{ files: CheckedRunbook[] }>(
			'runbook',
			'validate',
			'switchover',
			'failover',
			'drill',
			'--live',
			'--to',
			'west',
		);
		expect(live.exit, JSON.stringify(live.data)).toBe(0);
		const back = await kdr.json<{ files: CheckedRunbook[] }>(
			'runbook',
			'validate',
			'switchover',
			'--live',
			'--to',
			'east',
		);
		expect(back.exit).toBe(3);
		expect(
			back.data.files[0]?.problems.some(
				({ severity, message }) => severity === 'block' && message.includes('KDR_SAME_SIDE'),
			),
		).toBe(true);
	});

	it('a manual step halts a run without a terminal, and its approval lets the run continue; a program runs once, with no shell in between', async () => {
		const file = join(dir, 'own.yaml');
		const seen = join(dir, 'seen');
		await writeFile(file, book('Tell the teams.', seen));
		const halted = await kdr.json<Run>('run', file, '--to', 'west', '--confirm', 'west');
		expect({ exit: halted.exit, code: halted.error?.code }).toEqual({ exit: 8, code: 'KDR_APPROVAL_PENDING' });
		const { run } = halted.data;
		const done = await kdr.ok<Run & { report: unknown }>('runs', 'resume', run, '--approve', 'announced');
		expect(done.result).toBe('done');
		const report = JSON.stringify(done.report);
		expect(await readFile(seen, 'utf8')).toBe('east to west\n$(id)\n');
		expect(report).not.toContain('exit 0: ');
		expect(report).toContain('with --approve');
	});

	it('the script of an export does the switchover with other tools alone, offsets and the way back included', async () => {
		await kdr.inLab('traffic', '--detach');
		// From here on the standby's own offsets are behind: only the script can have set them.
		await fetch(`${lab.sides.west.connect.url}/connectors/east-to-west-checkpoint/stop`, { method: 'PUT' });
		await kdr.inLab('traffic', '--stop');
		const script = join(dir, 'by-hand.sh');
		const { text } = await kdr.ok<{ text: string }>('runbook', 'export', '--to', 'west', '--format', 'sh');
		expect(text).toContain("<<'CSV'");
		expect(text).not.toContain(await secret('kdr'));
		await writeFile(script, text);
		const properties = join(dir, 'client.properties');
		await writeFile(properties, clientProperties('kdr', await secret('kdr')));
		await vanillaTools(join(dir, 'bin'), lab.jars);
		const env = {
			PATH: process.env.PATH,
			KAFKA_BIN: join(dir, 'bin'),
			CONFIG_east: properties,
			CONFIG_west: properties,
			AWS_ACCESS_KEY_ID: route53AccessKeyId,
			AWS_SECRET_ACCESS_KEY: await secret('route53'),
			YES: '1',
		};
		const ran = await finished(spawn('bash', [script], { env, stdio: ['ignore', 'pipe', 'pipe'] }));
		expect(ran.code, `${ran.stdout}\n${ran.stderr}`).toBe(0);

		// Every group is at its last commit on the cluster that was left, proven record by record.
		const { rows } = await kdr.ok<{ rows: { prior: string | null; next: string | null; proof: string }[] }>(
			'offsets',
			'convert',
			'--to',
			'west',
		);
		expect(rows.length).toBeGreaterThan(20);
		expect(rows.filter(({ prior, next, proof }) => prior !== next || proof !== 'exact')).toEqual([]);
		// Connect answers a resume before it starts the tasks: the script is done a moment before the mirror runs.
		const flows = await until('the mirror runs', 60_000, async () => {
			const mirror = await kdr.ok<{ flows: { source: string; target: string }[] }>('mirror', 'status');
			return mirror.flows.length > 0 && mirror.flows;
		});
		expect(flows).toEqual([{ source: 'west', target: 'east' }]);
		// Seeded at the cut: the way back finds identical logs, nothing doubled.
		const home = await kdr.ok<Run>('switchover', '--to', 'east', '--confirm', 'east');
		expect(home.result).toBe('done');
	});
});
