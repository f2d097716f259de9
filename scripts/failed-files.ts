/**
 * The test files that failed, one a line, from vitest's JSON report; nothing when a second try of them would prove nothing: none
 * failed, more than two, or one that needs no real cluster. `node scripts/failed-files.ts REPORT`
 */
import { readFileSync } from 'node:fs';
import { relative } from 'node:path';

interface Report {
	testResults: { name: string; status: string }[];
}

const { testResults } = JSON.parse(readFileSync(process.argv[2] ?? '', 'utf8')) as Report;
const failed = testResults.filter(({ status }) => status === 'failed').map(({ name }) => relative('', name));
const few = failed.length < 3 && failed.every((name) => name.endsWith('.real.test.ts'));
if (few) for (const name of failed) process.stdout.write(`${name}\n`);
