import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, afterEach, beforeAll, expect, test, vi } from 'vitest';
import RunbookShow from '../../src/commands/runbook/show.ts';
import RunbookValidate from '../../src/commands/runbook/validate.ts';
import { temporaryFolder } from '../support/clean-up.ts';
import { forgetCommands } from '../support/commands.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
let dir: string;
beforeAll(async () => {
	dir = temporaryFolder('runbook');
});
afterAll(() => rm(dir, { recursive: true, force: true }));
forgetCommands();
afterEach(() => void vi.unstubAllEnvs());

const validate = (argv: string[]) => RunbookValidate.run(argv, { root });
const show = (argv: string[]) => RunbookShow.run(argv, { root });

/** Runs a command as typed; what it wrote and its exit code. */
async function typed(run: (argv: string[]) => Promise<unknown>, ...argv: string[]) {
	const written = { out: '', err: '' };
	vi.spyOn(process.stdout, 'write').mockImplementation((text) => {
		written.out += String(text);
		return true;
	});
	vi.spyOn(process.stderr, 'write').mockImplementation((text) => {
		written.err += String(text);
		return true;
	});
	process.exitCode = undefined;
	await run(argv);
	const exit = Number(process.exitCode ?? 0);
	vi.restoreAllMocks();
	return { ...written, exit };
}

async function bookOf(text: string): Promise<string> {
	const file = join(dir, 'book.yaml');
	await writeFile(file, text);
	return file;
}

const bad = 'name: bad\nmode: change\nsteps:\n  - kind: drian\n  - kind: drain\n    with: { witihn: 5 }\n';

test('problems exit 2, each at its line with what was probably meant, and the next file is still checked', async () => {
	const file = await bookOf(bad);
	vi.stubEnv('LC_ALL', 'C.UTF-8');
	const { exit, out } = await typed(validate, file, 'switchover', '--format', 'human');
	expect(exit).toBe(2);
	expect(out).toContain(`${file}:4:5  unknown kind drian; did you mean drain?`);
	expect(out).toContain(`${file}:6:13  unknown key witihn; did you mean within?`);
	expect(out).toMatch(/switchover\.yaml: switchover, \d+ steps/);
});

test('shipped runbooks and the template are fine; what cannot be undone is a warning, which does not fail', async () => {
	const file = await bookOf('name: n\nmode: change\nsteps:\n  - kind: exec\n    with: { run: [echo] }\n');
	const { exit, out } = await typed(validate, 'switchover', 'failover', 'drill', 'template', file, '--format', 'human');
	expect(exit).toBe(0);
	expect(out).toContain(`${file}:4:5  exec cannot be undone`);
});

test('within GitHub Actions problems are annotations unless another format is named', async () => {
	const file = await bookOf(bad);
	vi.stubEnv('GITHUB_ACTIONS', 'true');
	expect((await typed(validate, file)).out).toMatch(/^::error file=.*,line=4,col=5,/);
	expect((await typed(validate, file, '--format', 'junit')).out).toMatch(/^<\?xml/);
});

test('--live without the cluster to move to is no command', async () => {
	const { exit, err } = await typed(validate, 'switchover', '--live');
	expect({ exit, told: err.includes('--to') }).toEqual({ exit: 2, told: true });
});

test('--json gives the problems with their places in the one envelope', async () => {
	const file = await bookOf(bad);
	const { exit, out } = await typed(validate, file, '--json');
	const { ok, data, error } = JSON.parse(out);
	expect({ exit, ok, code: error.code }).toEqual({ exit: 2, ok: false, code: 'KDR_RUNBOOK_INVALID' });
	expect(data.files[0].problems[0]).toMatchObject({ line: 4, column: 5, severity: 'error' });
});

test('show names the steps in order; of a broken file it says what is wrong and exits 2', async () => {
	const fine = await typed(show, 'failover');
	expect(fine.exit).toBe(0);
	expect(fine.out.indexOf('stop-mirror')).toBeLessThan(fine.out.indexOf('point of no return'));
	const broken = await typed(show, await bookOf(bad));
	expect(broken.exit).toBe(2);
	expect(broken.err).toContain('unknown kind drian');
});

test('show counts the steps as a plan does: the rules of the link are the first step of a move, and none of a change', async () => {
	const rows = async (book: string) => (await typed(show, book)).out.split('\n').filter((line) => /^ +\d+ /.test(line));
	expect((await rows('switchover')).slice(0, 2)).toEqual([
		expect.stringMatching(/^ +1 +safety-rules /),
		expect.stringMatching(/^ +2 +preflight /),
	]);
	expect((await rows('drill'))[0]).toMatch(/^ +1 +preflight /);
});
