/**
 * `npm run demo`: two real Kafka clusters mirrored by MirrorMaker 2 under live traffic; the primary is killed, `kdr
 * failover` brings the clients to the standby, and an independent ledger is held against what kdr claimed. Takes
 * everything down again, also when interrupted.
 */
import { spawn } from 'node:child_process';
import { mkdirSync, readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import type { Report } from '../src/domain/report/report.ts';
import type { LedgerResult } from '../src/lab/ledger/compute.ts';
import type { TrafficStatus } from '../src/lab/traffic/status.ts';

const bin = fileURLToPath(new URL('../bin/run.js', import.meta.url));
const lab = `demo-${process.pid}`;
const home = join(
	process.env.KDR_LAB_HOME
		? join(process.env.KDR_LAB_HOME, 'labs')
		: join(process.env.XDG_STATE_HOME || join(homedir(), '.local/state'), 'kdr/labs'),
	lab,
);
const reports = fileURLToPath(new URL('../kdr-report', import.meta.url));
const stop = new AbortController();
const timing = { begin: performance.now() };

function say(text: string): void {
	process.stdout.write(`\n── ${text} ${'─'.repeat(Math.max(3, 90 - text.length))}\n`);
}

function kdr(args: string[], quiet = false): Promise<string> {
	if (!quiet) process.stdout.write(`$ kdr ${args.join(' ')}\n`);
	const child = spawn(process.execPath, [bin, ...args], {
		env: { ...process.env, KDR_CONFIG: join(home, 'kdr.yaml') },
		stdio: ['ignore', quiet ? 'pipe' : 'inherit', quiet ? 'ignore' : 'inherit'],
	});
	let out = '';
	child.stdout?.on('data', (chunk) => (out += String(chunk)));
	return new Promise((resolve, reject) => {
		child.on('close', (code) =>
			code === 0 ? resolve(out) : reject(new Error(`kdr ${args.join(' ')} ended with exit code ${code}`)),
		);
	});
}

async function arrived(side: string): Promise<number> {
	const begin = performance.now();
	for (;;) {
		stop.signal.throwIfAborted();
		const { clients } = JSON.parse(readFileSync(join(home, 'traffic/status.json'), 'utf8')) as TrafficStatus;
		if (clients.every((client) => client.side === side)) return performance.now() - begin;
		if (performance.now() - begin > 90_000) throw new Error(`not all clients came to ${side}`);
		await wait(200);
	}
}

/** Each claim beside the truth; false when one does not hold. */
function compare(report: Report, truth: LedgerResult): boolean {
	const { loss, reread } = report;
	const lostMs = loss.kind === 'at-most' ? loss.ms : null;
	const again = reread.kind === 'at-most' ? Number(reread.records) : null;
	const seconds = (ms: number) => `${(ms / 1_000).toFixed(1)} s`;
	const rows: [string, string, string, boolean][] = [
		[
			'lost',
			lostMs === null ? 'unknown' : `at most ${seconds(lostMs)} of writes`,
			`${truth.totals.lost} records, ${seconds(truth.lossMs)} of writes`,
			lostMs === null || truth.lossMs <= lostMs,
		],
		[
			'read again',
			again === null ? 'unknown' : `at most ${again.toLocaleString('en-US')} records`,
			`${truth.totals.duplicated.toLocaleString('en-US')} records`,
			again === null || truth.totals.duplicated <= again,
		],
		['skipped', 'none', `${truth.totals.skipped} records`, truth.totals.skipped === 0],
		['not arrived', 'not measured by kdr', `${truth.totals.leftBehind} clients`, truth.totals.leftBehind === 0],
	];
	process.stdout.write(`${'CLAIM'.padEnd(14)}${'KDR SAYS'.padEnd(32)}${'THE LEDGER FOUND'.padEnd(36)}\n`);
	for (const [what, claim, found, holds] of rows)
		process.stdout.write(
			`${what.padEnd(14)}${claim.padEnd(32)}${found.padEnd(36)}${holds ? 'holds' : 'DOES NOT HOLD'}\n`,
		);
	return rows.every(([, , , holds]) => holds);
}

async function demo(): Promise<boolean> {
	say('two Kafka clusters, MirrorMaker 2, a name server');
	await kdr(['lab', 'up', '--name', lab]);
	say('live traffic: five producers, seven groups, kafkajs and Java, classic and KIP-848');
	await kdr(['lab', 'traffic', '--name', lab, '--detach']);
	say('how far is the standby behind?');
	await kdr(['lag']);
	say('the primary dies');
	await kdr(['lab', 'kill', 'east', '--name', lab]);
	say('failover');
	const file = join(reports, 'failover.json');
	await kdr(['failover', '--to', 'west', '--confirm', 'west', '--accept-loss', '10m', '--report', file]);
	say('clients start again by name');
	process.stdout.write(
		`all clients are on west ${((await arrived('west')) / 1_000).toFixed(1)} s after the run ended\n`,
	);
	await wait(3_000, undefined, { signal: stop.signal });
	await kdr(['lab', 'traffic', '--stop', '--name', lab]);
	say('the ledger: what was really lost, skipped, read again');
	await kdr(['lab', 'ledger', '--allow-loss', '--name', lab]);
	const { data } = JSON.parse(await kdr(['lab', 'ledger', '--allow-loss', '--json', '--name', lab], true)) as {
		data: LedgerResult;
	};
	say('held against what kdr claimed');
	return compare(JSON.parse(readFileSync(file, 'utf8')) as Report, data);
}

process.once('SIGINT', () => stop.abort(new Error('interrupted')));
process.once('SIGTERM', () => stop.abort(new Error('ended')));
mkdirSync(reports, { recursive: true });
try {
	if (!(await demo())) process.exitCode = 1;
} catch (error) {
	process.stderr.write(`${error instanceof Error ? error.message : error}\n`);
	process.exitCode = 1;
} finally {
	say('taking everything down');
	await kdr(['lab', 'down', '--name', lab]).catch(() => {});
	process.stdout.write(
		`${((performance.now() - timing.begin) / 1_000).toFixed(0)} s in all. The report: kdr-report/failover.json\n`,
	);
}
