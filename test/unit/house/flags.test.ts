import { glob } from 'node:fs/promises';
import { expect, test } from 'vitest';
import { z } from 'zod';
import { readText, root } from './commands.ts';
import { proseOfCode } from './prose.ts';

/** The commands that continue a run, or pay a fence, are what these two give: ADR 0012. */
const giveCommands = /^src\/domain\/run\/(?:link-status|standing)\.ts$/;

/** Flags in the strings of a source, without those of Kafka's own tools; comments may name them. */
const flagsIn = (source: string, flags: ReadonlySet<string>): string[] =>
	[...proseOfCode(source)]
		.filter(({ text }) => !/^\/[/*]/.test(text))
		.flatMap(({ text }) => [...text.matchAll(/(?<![\w-])--(?:no-)?([a-z][a-z-]*)/g)])
		.map(([, name = '']) => name)
		.filter((name) => flags.has(name));

/** A complaint about the value of a flag: the error of a wrong call, in a message that names the flag. */
const parsesFlag = (source: string): boolean => /'KDR_USAGE',\s*[`'][^`'\n]*--(?:\$\{|[a-z])/.test(source);

const manifest = z.object({ commands: z.record(z.string(), z.object({ flags: z.record(z.string(), z.unknown()) })) });

async function kdrFlags(): Promise<Set<string>> {
	const { commands } = manifest.parse(JSON.parse(await readText('.oclif.manifest.json')));
	return new Set(Object.values(commands).flatMap(({ flags }) => Object.keys(flags)));
}

async function sources(pattern: string): Promise<[string, string][]> {
	const files = (await Array.fromAsync(glob(pattern, { cwd: root }))).sort();
	expect(files.length).toBeGreaterThan(80);
	return Promise.all(files.map(async (file): Promise<[string, string]> => [file, await readText(file)]));
}

test('domain/ names no flag of kdr: what to type is said where the finding is shown', async () => {
	const flags = await kdrFlags();
	expect(flags.size).toBeGreaterThan(40);
	const naming = (await sources('src/domain/**/*.ts')).flatMap(([file, source]) =>
		flagsIn(source, flags).length > 0 ? [file] : [],
	);
	expect(naming.filter((file) => !giveCommands.test(file))).toEqual([]);
	expect(naming.length, 'an exception without a user').toBe(2);
});

test('flags are parsed in cli/ and commands/ only', async () => {
	const parsing = (await sources('src/**/*.ts')).flatMap(([file, source]) => (parsesFlag(source) ? [file] : []));
	expect(parsing.filter((file) => /^src\/(?:cli|commands)\//.test(file)).length).toBeGreaterThan(3);
	// The zone of the lab is a program of its own, with its own flags.
	expect(parsing.filter((file) => !/^src\/(?:cli|commands)\//.test(file))).toEqual(['src/lab/dns/main.ts']);
});

test('a flag put back is found in a string and in a template; comments and tools of Kafka are left alone', () => {
	const flags = new Set(['override', 'input']);
	expect(flagsIn("const hint = '--override max-loss=REASON';", flags)).toEqual(['override']);
	expect(flagsIn('say(`add --no-input to #`);', flags)).toEqual(['input']);
	expect(flagsIn("/** `--override` */ run('--bootstrap-server', 'a--input');", flags)).toEqual([]);
	expect(parsesFlag("throw new KdrError('KDR_USAGE', `--accept-loss takes a time`);")).toBe(true);
	expect(parsesFlag("throw new KdrError(\n\t'KDR_USAGE',\n\t`--$".concat('{flag} is none`);'))).toBe(true);
	expect(parsesFlag("throw new KdrError('KDR_USAGE', 'the CSV file has no rows');")).toBe(false);
});
