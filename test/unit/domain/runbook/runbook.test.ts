import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { z } from 'zod';
import { parseRunbook, readRunbook } from '../../../../src/adapters/yaml/runbook-file.ts';
import { KdrError } from '../../../../src/domain/errors/kdr-error.ts';
import { compile } from '../../../../src/domain/runbook/compile.ts';
import type { KindShape } from '../../../../src/domain/runbook/kind-shape.ts';
import { temporaryFolder } from '../../../support/clean-up.ts';

const kinds = new Map<string, KindShape>([
	['measure', { params: z.object({}), produces: 'cuts' }],
	['mirror-stop', { params: z.object({ connectors: z.array(z.string()).default([]), within: z.number().optional() }) }],
	['offsets', { params: z.object({ method: z.enum(['exact', 'timestamp']) }), uses: ['cuts'] }],
]);

const good = `
name: switchover
mode: switchover
steps:
  - kind: measure
  - kind: mirror-stop
    needs: [from]
    skipCosts: records may still flow
    with: { within: 500 }
  - kind: offsets
    id: translate
    pointOfNoReturn: true
    with: { method: exact }
`;

const problems = (text: string): string[] => {
	try {
		parseRunbook(text, 'book.yaml', kinds);
	} catch (thrown) {
		if (thrown instanceof KdrError && thrown.code === 'KDR_RUNBOOK_INVALID') return thrown.details.problems as string[];
		throw thrown;
	}
	return [];
};

test('a good runbook becomes steps of plain data, ids by kind unless given', () => {
	expect(parseRunbook(good, 'book.yaml', kinds)).toEqual({
		name: 'switchover',
		mode: 'switchover',
		steps: [
			{ id: 'measure', kind: 'measure', params: {} },
			{
				id: 'mirror-stop',
				kind: 'mirror-stop',
				params: { within: 500 },
				needs: ['from'],
				skipCosts: 'records may still flow',
			},
			{ id: 'translate', kind: 'offsets', params: { method: 'exact' }, pointOfNoReturn: true },
		],
	});
});

test('all problems come at once, each with file:line:column and what was probably meant', () => {
	const text = `
name: bad
mode: switchover
stepz: []
steps:
  - kind: mirror-stopp
  - kind: offsets
    with: { method: exakt }
  - kind: mirror-stop
    pointOfNoRetrun: true
    with: { witin: 5 }
  - kind: mirror-stop
    needs: [from]
`;
	expect(problems(text)).toEqual([
		'book.yaml:4:1 unknown key stepz; did you mean steps?',
		'book.yaml:5:1 a switchover needs one step marked pointOfNoReturn: true',
		'book.yaml:6:5 unknown kind mirror-stopp; did you mean mirror-stop?',
		'book.yaml:7:5 offsets uses cuts, which no step before it produces (measure would)',
		expect.stringMatching(/^book\.yaml:8:13 .*exact/),
		'book.yaml:10:5 unknown key pointOfNoRetrun; did you mean pointOfNoReturn?',
		'book.yaml:11:13 unknown key witin; did you mean within?',
		'book.yaml:12:5 there already is a step mirror-stop: give this one an id of its own',
		'book.yaml:13:5 a step that needs from is skipped when it is dead: skipCosts must say what that costs',
	]);
});

test('exactly one point of no return in a move, at most one in a change', () => {
	const steps = (marks: boolean[]) =>
		marks.map((pointOfNoReturn, index) => ({ kind: 'measure', id: `m${index}`, pointOfNoReturn }));
	const ok = (mode: string, marks: boolean[]) => compile({ name: 'n', mode, steps: steps(marks) }, kinds).ok;
	expect(ok('switchover', [true, false])).toBe(true);
	expect(ok('switchover', [true, true])).toBe(false);
	expect(ok('failover', [false])).toBe(false);
	expect(ok('change', [false])).toBe(true);
	expect(ok('change', [true, true])).toBe(false);
});

test.each([
	['a duplicate key', 'name: a\nname: b\n'],
	['a tag of another schema', 'name: !!js/function "x"\nmode: change\nsteps: []\n'],
	[
		'an alias bomb',
		`a: &a [x,x,x,x,x,x,x,x,x]\nb: &b [*a,*a,*a,*a,*a,*a,*a,*a]\nc: &c [*b,*b,*b,*b,*b,*b,*b]\nd: [*c,*c,*c,*c]\n`,
	],
	['a merge key', 'base: &b { kind: measure }\nname: n\nmode: change\nsteps: [{ <<: *b }]\n'],
	['a prototype key', 'name: n\nmode: change\nsteps: [{ kind: measure, __proto__: { x: 1 } }]\n'],
	['something that is no map', '- 1\n'],
	['an id that is no plain word', 'name: n\nmode: change\nsteps: [{ kind: measure, id: "$(rm)" }]\n'],
	['nothing', ''],
])('%s is refused', (_name, text) => {
	expect(problems(text).length).toBeGreaterThan(0);
});

test('a file that is missing or too large is a problem of the runbook, not a crash', async () => {
	const dir = temporaryFolder('runbook');
	try {
		const file = join(dir, 'book.yaml');
		await expect(readRunbook(file, kinds)).rejects.toMatchObject({ code: 'KDR_RUNBOOK_INVALID' });
		await writeFile(file, good);
		expect((await readRunbook(file, kinds)).steps).toHaveLength(3);
		await writeFile(file, `${good}${'# long\n'.repeat(50_000)}`);
		await expect(readRunbook(file, kinds)).rejects.toThrow(/larger than/);
	} finally {
		await rm(dir, { recursive: true });
	}
});
