import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { labTopics } from '../../../src/lab/estate.ts';
import { aclBindings, labPermissions } from '../../../src/lab/permissions.ts';

describe('permissions of the lab', () => {
	it('docs/permissions.md lists exactly what the lab grants', () => {
		const page = readFileSync(new URL('../../../docs/permissions.md', import.meta.url), 'utf8');
		const rows = page.split('\n').filter((line) => /^\| (kdr|mm2|app) \|/.test(line));
		const granted = labPermissions.map(
			(one) =>
				`| ${one.user} | ${one.resourceType} | ${one.patternType} | \`${one.resourceName}\` | ${one.operations.join(', ')} | ${one.why} |`,
		);
		expect(rows.sort()).toEqual(granted.sort());
	});

	it('kdr may write to its journal and, for a replay, to the topics of the link; delete those and the memory of the mirror; and touch no settings', () => {
		const may = (...operations: string[]): string[] =>
			aclBindings()
				.filter(({ principal, resourceType }) => principal === 'User:kdr' && resourceType === 'topic')
				.filter(({ operation }) => operations.includes(operation))
				.map(({ resourceName }) => resourceName)
				.sort();
		const ours = labTopics.map(({ name }) => name);
		expect(may('write')).toEqual(['kdr-journal.internal', ...ours].sort());
		expect(may('create')).toEqual(['kdr-journal.internal', ...ours].sort());
		expect(may('delete')).toEqual(
			['mm2-offset-syncs.', 'east.checkpoints.internal', 'west.checkpoints.internal', ...ours].sort(),
		);
		expect(may('alter', 'alter-configs', 'all')).toEqual([]);
	});

	it('the application may use every topic that is mirrored, and nothing of the cluster', () => {
		const app = aclBindings().filter(({ principal }) => principal === 'User:app');
		for (const { name } of labTopics) {
			const operations = app.filter(
				({ resourceName, resourceType }) => resourceType === 'topic' && resourceName === name,
			);
			expect(operations.map(({ operation }) => operation).sort()).toEqual(['read', 'write']);
		}
		expect(app.filter(({ resourceType }) => resourceType === 'cluster')).toEqual([]);
	});

	it('no permission is granted twice', () => {
		const texts = aclBindings().map((binding) => JSON.stringify(binding));
		expect(new Set(texts).size).toBe(texts.length);
	});
});
