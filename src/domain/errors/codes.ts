/** Where a fault lies: with what the user gave us, with the systems we talk to, or with kdr itself. */
type Source = 'user' | 'target' | 'kdr';

interface ErrorEntry {
	/** The situation, one sentence; docs/errors.md is generated from it. */
	situation: string;
	source: Source;
	/** Exit code by docs/exit-codes.md, when nothing was written yet. */
	exit: 1 | 2 | 3 | 4 | 5 | 6 | 8 | 130;
}

const entry = (exit: ErrorEntry['exit'], source: Source, situation: string): ErrorEntry => ({
	exit,
	source,
	situation,
});

/** Every error code. Codes are stable: they may be added, never change meaning. */
export const errorTable = {
	KDR_BUG: entry(1, 'kdr', 'Something in kdr itself went wrong.'),
	KDR_USAGE: entry(2, 'user', 'The command line is not one kdr understands.'),
	KDR_CONFIG_MISSING: entry(2, 'user', 'No kdr.yaml was found.'),
	KDR_CONFIG_INVALID: entry(2, 'user', 'kdr.yaml has problems; all are listed with file:line.'),
	KDR_SECRET_UNREADABLE: entry(2, 'user', 'A secret named in kdr.yaml could not be read.'),
	KDR_RUNBOOK_INVALID: entry(2, 'user', 'A runbook has problems; all are listed with file:line.'),
	KDR_LINK_UNKNOWN: entry(2, 'user', 'The link or cluster named is not in kdr.yaml.'),
	KDR_RUN_UNKNOWN: entry(2, 'user', 'No run with that id is in the journal.'),
	KDR_CLUSTER_UNREACHABLE: entry(3, 'target', 'No broker of the cluster answered within the deadline.'),
	KDR_AUTH_FAILED: entry(3, 'target', 'The cluster refused the user name or password.'),
	KDR_TLS_FAILED: entry(
		3,
		'target',
		'The certificate of the cluster is not by an authority kdr trusts, has expired, or is for another name.',
	),
	KDR_NOT_PERMITTED: entry(3, 'target', 'The user kdr runs as lacks a permission.'),
	KDR_CLUSTER_WRONG: entry(3, 'target', 'The cluster that answered is not the one expected.'),
	KDR_KAFKA_ERROR: entry(3, 'target', 'A broker answered with an error kdr does not handle specially.'),
	KDR_TIMEOUT: entry(3, 'target', 'No answer within the deadline.'),
	KDR_CONNECT_UNREACHABLE: entry(3, 'target', 'No Connect worker of the cluster answered within the deadline.'),
	KDR_CONNECT_ERROR: entry(3, 'target', 'Connect answered with an error.'),
	KDR_CONNECTOR_MISSING: entry(3, 'target', 'A MirrorMaker 2 connector that is needed does not exist.'),
	KDR_MIRROR_BOTH_DIRECTIONS: entry(
		3,
		'target',
		'Mirrors of both directions run or would run: records would circle without end.',
	),
	KDR_MIRROR_NOT_RUNNING: entry(3, 'target', 'The mirror does not run, so nothing can be drained.'),
	KDR_TOPIC_MISSING: entry(3, 'target', 'A topic or partition in scope does not exist on the cluster to move to.'),
	KDR_LAG_UNKNOWN: entry(3, 'target', 'How far the mirror is behind cannot be known.'),
	KDR_NOT_DRAINED: entry(3, 'target', 'Records are still on their way to the standby.'),
	KDR_WRITERS_NOT_STILL: entry(3, 'target', 'Somebody still writes on the cluster that was fenced.'),
	KDR_FENCE_LEAKS: entry(
		3,
		'target',
		'An application that should be kept out could still write on the cluster that was fenced.',
	),
	KDR_FENCE_OWED: entry(
		3,
		'target',
		'A cluster that was dead when its clients were moved away answers again and is not fenced yet.',
	),
	KDR_RETURNED_LOST: entry(3, 'target', 'A cluster that came back has lost records that were mirrored from it before.'),
	KDR_TAIL_UNKNOWN: entry(3, 'target', 'Which records were left behind on the returned cluster cannot be known.'),
	KDR_FILE_BROKEN: entry(2, 'user', 'A file of salvaged records is not one, was damaged, or is not whole.'),
	KDR_TAIL_OPEN: entry(
		3,
		'target',
		'Records left behind on the returned cluster are neither salvaged nor given up with a reason.',
	),
	KDR_GROUP_ACTIVE: entry(3, 'target', 'A consumer group has running members where its offsets must be set.'),
	KDR_GROUP_NOT_SETTLED: entry(3, 'target', 'A consumer group still moves on the cluster that is left.'),
	KDR_OFFSET_UNMAPPED: entry(3, 'target', 'A position has no provable counterpart on the other cluster.'),
	KDR_OFFSET_REWIND: entry(3, 'target', 'Setting the offset would take a group back behind its own newer commit.'),
	KDR_OFFSET_MOVED: entry(
		3,
		'target',
		'A group has gone on since kdr set its offset; setting it again would undo that.',
	),
	KDR_GROUP_UNKNOWN: entry(3, 'user', 'A group that was named is known on neither cluster.'),
	KDR_CHECKPOINT_RUNNING: entry(
		3,
		'target',
		'MirrorMaker 2 still syncs group offsets: it would move groups behind the back of whoever sets them.',
	),
	KDR_PLAN_INVALID: entry(2, 'user', 'The plan file is not one this kdr understands.'),
	KDR_PLAN_STALE: entry(4, 'target', 'The facts a saved plan was made from no longer hold.'),
	KDR_OFFSET_NOT_TAKEN: entry(3, 'target', 'The offset read back is not the one committed.'),
	KDR_DNS_UNREACHABLE: entry(3, 'target', 'The DNS provider or an authoritative server did not answer.'),
	KDR_DNS_DENIED: entry(3, 'target', 'The DNS provider refused the credentials or the change.'),
	KDR_DNS_RECORD_MISSING: entry(3, 'target', 'The DNS record does not exist.'),
	KDR_DNS_ZONE_MISSING: entry(3, 'target', 'The DNS provider holds no such zone.'),
	KDR_DNS_RECORD_UNSUPPORTED: entry(
		3,
		'target',
		'The DNS record is an alias or has a routing policy; kdr flips plain records only.',
	),
	KDR_DNS_UNEXPECTED_VALUE: entry(4, 'target', 'The DNS record was changed by someone else.'),
	KDR_DNS_NOT_IN_SYNC: entry(3, 'target', 'The DNS change is accepted but not yet answered everywhere.'),
	KDR_CHECK_FAILED: entry(3, 'target', 'A check did not pass.'),
	KDR_SAME_SIDE: entry(4, 'user', 'The clients already are on that cluster.'),
	KDR_CONFIRM_NEEDED: entry(4, 'user', 'The change needs the name of the cluster as confirmation.'),
	KDR_DECLINED: entry(4, 'user', 'The confirmation was declined.'),
	KDR_LOSS_NOT_ACCEPTED: entry(4, 'user', 'The loss that is possible was not accepted, or is more than was accepted.'),
	KDR_LOCKED: entry(4, 'user', 'Another run of this link is open.'),
	KDR_RUN_ENDED: entry(4, 'user', 'The run ended done; there is nothing to resume.'),
	KDR_RUN_OVERTAKEN: entry(
		4,
		'user',
		'A later run of the link has written since; going on with the older one would work against it.',
	),
	KDR_PAST_RETURN: entry(
		4,
		'user',
		'The run is past its point of no return: going back would lose what was written since.',
	),
	KDR_UNDO_NOT_WHOLE: entry(
		4,
		'user',
		'Something the run changed cannot be taken back, so it would leave something behind.',
	),
	KDR_NOTHING_TO_UNDO: entry(4, 'user', 'The run changed nothing that could be taken back.'),
	KDR_OVERRIDE_UNKNOWN: entry(
		4,
		'user',
		'An override names a finding that the plan does not have, or one that nobody can override.',
	),
	KDR_PAUSED: entry(8, 'user', 'The run was asked to stop at its next safe point, and did.'),
	KDR_HELD: entry(
		8,
		'user',
		'The run waits right before its point of no return, and the time it was held for is over.',
	),
	KDR_FENCED_BY_OTHER: entry(4, 'target', 'Another operator took the run over.'),
	KDR_DRIFT: entry(4, 'target', 'The world is neither as it was planned from nor as it should become.'),
	KDR_JOURNAL_BROKEN: entry(3, 'target', 'The journal cannot be read or continued.'),
	KDR_APPROVAL_PENDING: entry(8, 'user', 'A manual step of the run waits for a person.'),
	KDR_SECOND_PERSON: entry(8, 'user', 'The plan waits for the approval of a second person.'),
	KDR_PROGRAM_FAILED: entry(3, 'target', 'A program that a runbook runs failed, or did not end in time.'),
	KDR_OUTCOME_UNKNOWN: entry(6, 'target', 'A write may or may not have happened: no answer was seen.'),
	KDR_STEP_FAILED: entry(5, 'target', 'A step failed after something had been written.'),
	KDR_INCOMPLETE: entry(5, 'target', 'The run went to its end, but some items were refused or failed; they are named.'),
	KDR_INTERRUPTED: entry(130, 'user', 'The run was interrupted at a safe point.'),
	KDR_LAB_NEEDS: entry(2, 'user', 'The lab needs something this machine lacks.'),
	KDR_LAB_PORT_TAKEN: entry(2, 'user', 'A port the lab needs is taken.'),
	KDR_LAB_EXISTS: entry(4, 'user', 'A lab of that name is already up.'),
	KDR_LAB_UNKNOWN: entry(2, 'user', 'No lab of that name is up.'),
	KDR_LAB_START_FAILED: entry(1, 'kdr', 'A process of the lab did not come up.'),
	KDR_LAB_TRAFFIC: entry(4, 'user', 'Traffic of the lab runs where it must not, or does not where it must.'),
	KDR_LEDGER_BAD: entry(3, 'target', 'The ledger found records lost or skipped.'),
} as const satisfies Record<string, ErrorEntry>;

export type ErrorCode = keyof typeof errorTable;
