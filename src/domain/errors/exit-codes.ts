/** Every exit code; stable. docs/exit-codes.md is generated from it. */
export const exitCodes: readonly { exit: string; meaning: string; changed: string }[] = [
	{ exit: '0', meaning: 'Done, or nothing to do.', changed: 'as asked' },
	{ exit: '1', meaning: 'A bug in kdr, or a failure before any write.', changed: 'no' },
	{ exit: '2', meaning: 'The command line, kdr.yaml or a runbook is invalid.', changed: 'no' },
	{ exit: '3', meaning: 'A check did not pass.', changed: 'no' },
	{
		exit: '4',
		meaning: 'Refused: declined, not confirmed, locked by another run, or the target changed since the plan.',
		changed: 'no',
	},
	{
		exit: '5',
		meaning: 'Halted after at least one write, or some items were not done; can be resumed.',
		changed: 'yes',
	},
	{ exit: '6', meaning: 'The outcome of a write is unknown; look before resuming.', changed: 'maybe' },
	{ exit: '8', meaning: 'Waiting for a person (manual gate).', changed: 'maybe' },
	{ exit: '130', meaning: 'Interrupted by Ctrl-C or SIGHUP; the journal is closed.', changed: 'see the journal' },
	{ exit: '143', meaning: 'Ended by SIGTERM; the journal is closed.', changed: 'see the journal' },
];
