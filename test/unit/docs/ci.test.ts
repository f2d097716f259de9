import { readFile } from 'node:fs/promises';
import { expect, test } from 'vitest';
import { parseAllDocuments } from 'yaml';

const text = (path: string): Promise<string> => readFile(new URL(`../../../${path}`, import.meta.url), 'utf8');

interface Manifest {
	commands: Record<string, { flags: Record<string, { options?: string[] }> }>;
}

test('the example pipelines are YAML, install kdr, and type commands, flags and choices that exist', async () => {
	const { commands } = JSON.parse(await text('.oclif.manifest.json')) as Manifest;
	const pipelines = await Promise.all(['github-actions.yml', 'gitlab-ci.yml'].map((name) => text(`examples/${name}`)));
	const lines: string[] = [];
	for (const pipeline of pipelines) {
		const documents = parseAllDocuments(pipeline);
		expect(documents.flatMap((document) => ('errors' in document ? document.errors : []))).toEqual([]);
		// Each job has a machine of its own.
		expect(pipeline.match(/npm ci$/gm)).toHaveLength(2);
		lines.push(...[...pipeline.matchAll(/npx kdr (.+)/g)].map(([, line = '']) => line.replace(/ > .*/, '')));
	}
	expect(lines.length).toBeGreaterThan(5);
	for (const line of lines) {
		const words = line.split(' ');
		const command = commands[words.slice(0, 2).join(':')] ?? commands[words[0] ?? ''];
		expect(command, line).toBeDefined();
		for (const [flag, value] of [...line.matchAll(/--([a-z-]+)(?: ([a-z]+))?/g)].map(
			([, name = '', given]) => [name, given] as const,
		)) {
			expect(Object.keys(command?.flags ?? {}), line).toContain(flag);
			const { options } = command?.flags[flag] ?? {};
			if (options) expect(options, line).toContain(value);
		}
	}
});
