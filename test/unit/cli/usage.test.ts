import { expect, test } from 'vitest';
import { asUsageError } from '../../../src/cli/usage.ts';

const thrown = (message: string): Error => Object.assign(new Error(message), { oclif: { exit: 2 } });

test('a flag that is missing is named as it is typed, without what oclif adds for a terminal', () => {
	const error = asUsageError(
		thrown('The following error occurred:\n  \u001b[2mMissing required flag to\u001b[22m\nSee more help with --help'),
		'dns:flip',
	);
	expect(error).toMatchObject({
		code: 'KDR_USAGE',
		message: 'Missing required flag --to',
		hint: 'kdr dns flip --help',
	});
});
