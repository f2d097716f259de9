import { BaseSequencer, type TestSpecification } from 'vitest/node';

/** The suites that take longest on real clusters. On a fresh clone vitest knows no durations, and would begin with the largest file. */
const long = ['freeze', 'way-back', 'moves', 'fence', 'to-and-fro', 'resume'].map(
	(name) => `/e2e/${name}.real.test.ts`,
);

/** Begins with what takes longest: at the end no worker waits for one that has just begun. */
export class LongestFirst extends BaseSequencer {
	override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
		return (await super.sort(files)).sort((a, b) => rank(a) - rank(b));
	}
}

function rank({ moduleId }: TestSpecification): number {
	const at = long.findIndex((end) => moduleId.endsWith(end));
	return at < 0 ? long.length : at;
}
