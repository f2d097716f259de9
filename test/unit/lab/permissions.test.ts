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

	it('kdr may not write to any topic but its journal, and for a replay those of the link, whose settings it may not touch', () => {
		const writes = aclBindings().filter(
			({ principal, resourceType, operation }) =>
				principal === 'User:kdr' &&
				resourceType === 'topic' &&
				['write', 'create', 'delete', 'alter', 'alter-configs', 'all'].includes(operation),
		);
		expect(new Set(writes.map(({ resourceName }) => resourceName))).toEqual(
			new Set(['kdr-journal.internal', ...labTopics.map(({ name }) => name)]),
		);
		const more = writes.filter(({ operation }) => operation !== 'write').map(({ resourceName }) => resourceName);
		expect(more).toEqual(['kdr-journal.internal']);
	});

	it('the application may use every topic that is mirrored, and nothing of the cluster', () => {
		const app = aclBindings().filter(({ principal }) => principal === 'User:app');
		for (const { name } of labTopics) {
			const operations = app.filter(({ resourceName, resourceType }) => resourceType === 'topic' && resourceName === name);
			expect(operations.map(({ operation }) => operation).sort()).toEqual(['read', 'write']);
		}
		expect(app.filter(({ resourceType }) => resourceType === 'cluster')).toEqual([]);
	});

	it('no permission is granted twice', () => {
		const texts = aclBindings().map((binding) => JSON.stringify(binding));
		expect(new Set(texts).size).toBe(texts.length);
	});
});
