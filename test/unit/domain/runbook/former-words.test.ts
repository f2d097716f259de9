import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { checkRunbook, readRunbook } from '../../../../src/adapters/yaml/runbook-file.ts';
import { report } from '../../../../src/domain/report/report.ts';
import type { RunStep } from '../../../../src/domain/run/events.ts';
import { resume, run, undo } from '../../../../src/engine/execute.ts';
import { registry } from '../../../../src/steps/registry.ts';
import { temporaryFolder } from '../../../support/clean-up.ts';
import { at, type Estate, eastToWest, estate, processOf, produce, request, shipped } from '../../../support/estate.ts';

const oldBook = `name: mine
mode: change
steps:
  - kind: mirror-stop
    with: { roles: [source], mayLack: true }
  - kind: groups-gone
`;

async function withFile<T>(text: string, work: (file: string) => Promise<T>): Promise<T> {
	const dir = temporaryFolder('book');
	try {
		await writeFile(join(dir, 'book.yaml'), text);
		return await work(join(dir, 'book.yaml'));
	} finally {
		await rm(dir, { recursive: true });
	}
}

test('a runbook in the words of an earlier kdr compiles to those of today, and each old word is a warning at its place', async () => {
	await withFile(oldBook, async (file) => {
		const { runbook, problems } = await checkRunbook(file, registry);
		expect(runbook?.steps).toMatchObject([
			{ id: 'mirror-stop', kind: 'mirror-stop', params: { roles: ['source'], allowMissing: true } },
			{ id: 'no-active-groups', kind: 'no-active-groups' },
		]);
		expect(problems).toMatchObject([
			{ line: 5, column: 30, severity: 'warning', message: 'parameter mayLack is now called allowMissing' },
			{ line: 6, column: 5, severity: 'warning', message: 'kind groups-gone is now called no-active-groups' },
		]);
	});
});

test('whoever runs such a runbook is warned too', async () => {
	const warnings: string[] = [];
	await withFile(oldBook, (file) => readRunbook(file, registry, (text) => warnings.push(text)));
	expect(warnings).toEqual([
		expect.stringMatching(/book\.yaml:5:30 parameter mayLack is now called allowMissing$/),
		expect.stringMatching(/book\.yaml:6:5 kind groups-gone is now called no-active-groups$/),
	]);
});

test('a parameter under both its names is refused: nobody knows which one is meant', async () => {
	const text = oldBook.replace('mayLack: true', 'mayLack: true, allowMissing: false');
	await withFile(text, async (file) => {
		const { problems } = await checkRunbook(file, registry);
		expect(problems).toMatchObject([{ severity: 'error', message: expect.stringContaining('unknown key mayLack') }]);
	});
});

test('no name of a kind is that of another one, today or earlier', () => {
	const names = [...registry.values()].flatMap(({ kind, formerly = [] }) => [kind, ...formerly]);
	expect(new Set(names).size).toBe(names.length);
	for (const { kind, formerly = [] } of registry.values())
		for (const earlier of formerly) expect(registry.get(earlier)?.kind).toBe(kind);
});

test('milliseconds without a unit are read as ever, with a warning that says how to write them', async () => {
	const text = `name: mine\nmode: change\nsteps:\n  - kind: drain\n    with: { within: 90000 }\n  - kind: lag-within\n    with: { seconds: 10, within: 2m }\n`;
	await withFile(text, async (file) => {
		const { runbook, problems } = await checkRunbook(file, registry);
		expect(problems.map(({ line, message }) => `${line} ${message}`)).toEqual([
			'5 within: 90000 is read as milliseconds; write 90s',
			'7 parameter seconds is now called limit',
		]);
		const [drain, lag] = runbook?.steps ?? [];
		expect(registry.get('drain')?.params.parse(drain?.params)).toEqual({ within: 90_000 });
		expect(registry.get('lag-within')?.params.parse(lag?.params)).toEqual({ limit: 10_000, within: 120_000 });
	});
});

/** The steps as a kdr of the old words wrote them into its journal. */
const inOldWords = (steps: readonly RunStep[]): RunStep[] =>
	steps.map((step) => {
		if (step.kind === 'cuts-unchanged') return { ...step, id: 'cuts-hold', kind: 'cuts-hold' };
		if (step.kind === 'mirror-seed') return { ...step, params: { mayRun: true } };
		if (step.id === 'stop-mirror') return { ...step, params: { ...step.params, madeHere: true } };
		return step;
	});

function busy(): Estate {
	const here = estate();
	for (const partition of [0, 1]) produce(here.east, 30, at(partition));
	here.world.pump();
	return here;
}

const pictureOf = ({ east, connect, connectEast, dns }: Estate) => ({
	acls: east.acls.map((acl) => JSON.stringify(acl)).sort(),
	connectors: [connect, connectEast].map((mirror) => [...mirror.running.keys()].sort()),
	dns: dns.written.at(-1) ?? null,
});

async function halted(here: Estate, behind: string): Promise<void> {
	const abort = new AbortController();
	const env = processOf(here, eastToWest, {
		signal: abort.signal,
		listener: (event) => void (event.type === 'step.done' && event.step === behind && abort.abort('SIGINT')),
	});
	const steps = inOldWords(await shipped('switchover'));
	expect(await run(env, request('r1', eastToWest, steps))).toMatchObject({ result: 'interrupted' });
}

test('a run whose journal has the old words is resumed to its end, and its report is whole', async () => {
	const here = busy();
	await halted(here, 'mirror-seed');
	const env = processOf(here, eastToWest);
	expect(await resume(env, { run: 'r1', clusterIds: {} })).toMatchObject({ result: 'done', exit: 0 });
	const found = report(await env.journal.read(), registry);
	expect(found).toMatchObject({ result: 'done', unreadable: null, loss: { kind: 'at-most', records: '0' } });
	expect(found?.phases.map(({ name }) => name)).not.toContain('cuts-hold');
});

test('a run whose journal has the old words is undone to how things were before it', async () => {
	const before = pictureOf(busy());
	const here = busy();
	await halted(here, 'cuts-hold');
	const request = { run: 'u1', undoes: 'r1', command: 'kdr runs undo r1', consent: {}, clusterIds: {}, whole: true };
	expect(await undo(processOf(here, eastToWest), request)).toMatchObject({ result: 'done', exit: 0 });
	expect(pictureOf(here)).toEqual(before);
});
