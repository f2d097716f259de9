import type { Runbook } from './compile.ts';

/** One thing to say of a runbook file. Line and column are 1-based. */
export interface RunbookProblem {
	line: number;
	column: number;
	/** `error`: it cannot be run; `block`: what it needs is not there now; `warning`: it can, but. */
	severity: 'error' | 'block' | 'warning';
	message: string;
	/** A word of an earlier version of kdr: whoever runs the runbook is warned too. */
	outdated?: true;
}

/** What is to be said of one runbook file. */
export interface CheckedRunbook {
	/** As it was named. */
	file: string;
	/** Absent when there are errors. */
	runbook?: Runbook;
	problems: RunbookProblem[];
	/** The position of each step. */
	steps: { line: number; column: number }[];
}
