import { glob } from 'node:fs/promises';
import { join } from 'node:path';
import type { Command } from '@oclif/core';
import { beforeAll, expect, test } from 'vitest';
import { z } from 'zod';
import { commandClasses, flagsOf, packageJson, readText, root } from './commands.ts';

let classes: Map<string, Command.Class>;

beforeAll(async () => {
	classes = await commandClasses();
}, 60_000);

/** The command at the start of a line as typed, without `kdr`: the longest words that are one. */
const commandIn = (line: string): string | undefined =>
	[...classes.keys()].filter((id) => line === id || line.startsWith(`${id} `)).sort((a, b) => b.length - a.length)[0];

const examplesOf = (id: string, command: Command.Class): string[] =>
	(command.examples ?? [])
		.map((example) => (typeof example === 'string' ? example : example.command))
		.map((line) => line.replaceAll('<%= config.bin %>', 'kdr').replaceAll('<%= command.id %>', id).trim());

test('every command says in one line what it is for, and shows how it is typed', () => {
	for (const [id, command] of classes) {
		expect(command.summary, `summary of ${id}`).toMatch(/^[A-Z].{15,}\.$/s);
		expect(examplesOf(id, command).length, `examples of ${id}`).toBeGreaterThan(0);
	}
});

test('every example can be typed: its command exists, and so does each flag in it', () => {
	const wrong: string[] = [];
	for (const [id, command] of classes) {
		for (const example of examplesOf(id, command)) {
			const typed = example.startsWith('kdr ') ? commandIn(example.slice(4)) : undefined;
			const known = Object.keys(flagsOf(classes.get(typed ?? '') ?? command));
			const flags = [...example.matchAll(/ --([a-z][a-z-]*)/g)].map(([, flag = '']) => flag.replace(/^no-/, ''));
			const stranger = flags.find((flag) => !known.includes(flag) && !known.includes(`no-${flag}`));
			if (typed === undefined) wrong.push(`${id}: ${example}: no such command`);
			else if (stranger !== undefined) wrong.push(`${id}: ${example}: ${typed} has no --${stranger}`);
		}
	}
	expect(wrong).toEqual([]);
});

test('every flag says what it is for', () => {
	const bare: string[] = [];
	for (const [id, command] of classes) {
		for (const [name, flag] of Object.entries({ ...command.baseFlags, ...command.flags })) {
			if (!flag.summary && !flag.description) bare.push(`${id} --${name}`);
		}
	}
	expect(bare).toEqual([]);
});

test('a command that an error, a hint or a page tells people to type exists', async () => {
	const { oclif } = await packageJson();
	// `kdr runs as …` is a sentence.
	const named = new RegExp(`kdr ((?:${Object.keys(oclif.topics).join('|')}) (?!(?:as|with)\\b)[a-z]+)`, 'g');
	const files = await Array.fromAsync(
		glob('{src/**/*.ts,docs/**/*.md,runbooks/*.yaml,CONTRIBUTING.md,CHANGELOG.md,README.md}', { cwd: root }),
	);
	const wrong: string[] = [];
	for (const file of files) {
		for (const [text, line = ''] of (await readText(file)).matchAll(named))
			if (!classes.has(line)) wrong.push(`${file}: ${text}`);
	}
	expect(wrong).toEqual([]);
});

const manifestSchema = z.object({
	version: z.string(),
	commands: z.record(
		z.string(),
		z.object({
			summary: z.string().optional(),
			description: z.string().optional(),
			args: z.record(z.string(), z.looseObject({})),
			flags: z.record(z.string(), z.looseObject({})),
		}),
	),
});

/** What of a flag or argument a person meets; the same keys in a class and in the manifest. */
const seen = ['char', 'env', 'options', 'required', 'multiple', 'allowNo', 'summary', 'description', 'helpValue'];
const met = (parameter: object): object =>
	Object.fromEntries(
		Object.entries(parameter).filter(([key, value]) => seen.includes(key) && value !== undefined && value !== false),
	);
const metAll = (parameters: object): object =>
	Object.fromEntries(
		Object.entries(parameters)
			.filter(([name]) => name !== 'json')
			.map(([name, parameter]) => [name, met(parameter)]),
	);

test('.oclif.manifest.json is what the sources give, or help and flags are those of an older build: npm run build', async () => {
	const manifest = manifestSchema.parse(JSON.parse(await readText('.oclif.manifest.json')));
	const { version } = await packageJson();
	expect(manifest.version, 'a manifest of another version is ignored, and every start reads all commands').toBe(
		version,
	);
	expect(
		Object.keys(manifest.commands)
			.map((id) => id.replaceAll(':', ' '))
			.sort(),
	).toEqual([...classes.keys()].sort());
	for (const [id, command] of classes) {
		const built = manifest.commands[id.replaceAll(' ', ':')];
		const { summary, description, args, flags } = command;
		const source = {
			summary,
			description,
			args: metAll(args ?? {}),
			flags: metAll({ ...command.baseFlags, ...flags }),
		};
		const cached = built && {
			summary: built.summary,
			description: built.description,
			args: metAll(built.args),
			flags: metAll(built.flags),
		};
		expect(cached, id).toEqual(source);
		expect('json' in (built?.flags ?? {}), `${id} --json`).toBe(command.enableJsonFlag);
	}
});

test('every topic of commands is described, and no other', async () => {
	const { oclif } = await packageJson();
	const topics = [...classes.keys()].filter((id) => id.includes(' ')).map((id) => id.replace(/ [^ ]+$/, ''));
	expect(Object.keys(oclif.topics).sort()).toEqual([...new Set(topics)].sort());
	expect(join(root, oclif.commands)).toBe(join(root, 'dist/commands'));
});
