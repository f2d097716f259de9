import { glob, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Command } from '@oclif/core';
import { z } from 'zod';

export const root = fileURLToPath(new URL('../../..', import.meta.url));

type CommandClass = Command.Class;

/** Every command class of src/commands, by id as typed: `lab up`. */
export async function commandClasses(): Promise<Map<string, CommandClass>> {
	const classes = new Map<string, CommandClass>();
	for (const file of (await Array.fromAsync(glob('**/*.ts', { cwd: join(root, 'src/commands') }))).sort()) {
		const { default: command }: { default: CommandClass } = await import(join(root, 'src/commands', file));
		classes.set(file.replace(/\.ts$/, '').replaceAll(/[/\\]/g, ' '), command);
	}
	return classes;
}

/** The flags a person may give, `--json` of every command with it. */
export const flagsOf = (command: CommandClass): Record<string, unknown> => ({
	...command.baseFlags,
	...command.flags,
	...(command.enableJsonFlag && { json: {} }),
});

const packageSchema = z.object({
	version: z.string(),
	engines: z.object({ node: z.string() }),
	bin: z.object({ kdr: z.string() }),
	files: z.array(z.string()),
	oclif: z.object({
		bin: z.string(),
		commands: z.string(),
		topics: z.record(z.string(), z.object({ description: z.string().min(10) })),
	}),
	scripts: z.record(z.string(), z.string()),
	dependencies: z.record(z.string(), z.string()),
	devDependencies: z.record(z.string(), z.string()),
});

export const readText = (path: string): Promise<string> => readFile(join(root, path), 'utf8');
export const packageJson = async (): Promise<z.infer<typeof packageSchema>> =>
	packageSchema.parse(JSON.parse(await readText('package.json')));
