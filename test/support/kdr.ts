import { type ChildProcess, spawn } from 'node:child_process';
import { cpSync, readFileSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { LabState } from '../../src/lab/estate.ts';
import type { TrafficStatus } from '../../src/lab/traffic/status.ts';
import { temporaryFolder } from './clean-up.ts';

const bin = fileURLToPath(new URL('../../bin/run.js', import.meta.url));

/** The envelope of `--json`. */
export interface Envelope<Data> {
	schema: string;
	command: string;
	ok: boolean;
	data: Data;
	warnings: string[];
	error: { code: string; message: string; hint: string | null; details: Record<string, unknown> } | null;
}

export interface Finished {
	code: number | null;
	stdout: string;
	stderr: string;
}

/** The built CLI as a process with its own labs: nothing of a person's own is touched. */
export class KdrProcess {
	readonly home = temporaryFolder('e2e');
	readonly lab: string;
	/** The kdr.yaml it works by. */
	readonly config: string;

	/** Without a lab: it has nothing but a kdr.yaml. */
	constructor(lab?: string) {
		this.lab = `${lab}-${process.pid}`;
		this.config =
			lab === undefined ? join(this.home, 'kdr.yaml') : join(this.home, 'kdr', 'labs', this.lab, 'kdr.yaml');
	}

	/** A second operator's machine: a copy of kdr.yaml and of the secrets it names, nothing else. */
	elsewhere(): KdrProcess {
		const other = new KdrProcess();
		cpSync(this.config, other.config);
		cpSync(join(dirname(this.config), 'secrets'), join(other.home, 'secrets'), { recursive: true });
		return other;
	}

	get env(): NodeJS.ProcessEnv {
		const { CI: _, KDR_LINK: __, ...env } = process.env;
		return { ...env, XDG_STATE_HOME: this.home, KDR_CONFIG: this.config, NO_COLOR: '1' };
	}

	start(...args: string[]): ChildProcess {
		return spawn(process.execPath, [bin, ...args], { env: this.env, stdio: ['ignore', 'pipe', 'pipe'] });
	}

	async run(...args: string[]): Promise<Finished> {
		return finished(this.start(...args));
	}

	/** Runs with `--json`; the envelope, and the exit code beside it. */
	async json<Data>(...args: string[]): Promise<Envelope<Data> & { exit: number | null; stderr: string }> {
		const { code, stdout, stderr } = await this.run(...args, '--json');
		try {
			return { ...(JSON.parse(stdout) as Envelope<Data>), exit: code, stderr };
		} catch {
			throw new Error(`kdr ${args.join(' ')} gave no JSON (exit ${code})\n${stdout}\n${stderr}`);
		}
	}

	/** The same, and an error with everything it said unless it succeeded. */
	async ok<Data>(...args: string[]): Promise<Data> {
		const answer = await this.json<Data>(...args);
		if (answer.exit !== 0)
			throw new Error(
				`kdr ${args.join(' ')}: exit ${answer.exit}\n${JSON.stringify(answer.error, null, 2)}\n${answer.stderr}`,
			);
		return answer.data;
	}

	up = (...args: string[]) => this.ok('lab', 'up', '--name', this.lab, ...args);
	labState = (): LabState => JSON.parse(readFileSync(join(dirname(this.config), 'lab.json'), 'utf8')) as LabState;
	/** What the traffic last said of itself. */
	trafficStatus = (): TrafficStatus =>
		JSON.parse(readFileSync(join(dirname(this.config), 'traffic', 'status.json'), 'utf8')) as TrafficStatus;
	/** `lab VERB … --name LAB`. */
	inLab = <Data>(verb: string, ...args: string[]) => this.ok<Data>('lab', verb, ...args, '--name', this.lab);

	async down(): Promise<void> {
		await this.run('lab', 'down', '--name', this.lab);
		this.forget();
	}

	/** Removes what it wrote on this machine. */
	forget(): void {
		rmSync(this.home, { recursive: true, force: true });
	}
}

export function finished(child: ChildProcess): Promise<Finished> {
	let [stdout, stderr] = ['', ''];
	child.stdout?.on('data', (chunk) => (stdout += String(chunk)));
	child.stderr?.on('data', (chunk) => (stderr += String(chunk)));
	return new Promise((resolve) => child.on('close', (code) => resolve({ code, stdout, stderr })));
}

/** Resolves when the process has said `text` on stderr, whatever the width of its columns; rejects when it ends without. */
export function says(child: ChildProcess, text: string): Promise<void> {
	let heard = '';
	const plain = (said: string): string => said.replace(/ +/g, ' ');
	return new Promise((resolve, reject) => {
		child.stderr?.on('data', (chunk) => {
			heard += String(chunk);
			if (plain(heard).includes(plain(text))) resolve();
		});
		child.on('close', () => reject(new Error(`ended without "${text}":\n${heard}`)));
	});
}
