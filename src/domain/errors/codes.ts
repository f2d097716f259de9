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
	KDR_BUG: entry(1, 'kdr', 'kdr itself failed; please report it.'),
	KDR_USAGE: entry(2, 'user', 'The command line has an error.'),
	KDR_CONFIG_MISSING: entry(2, 'user', 'No kdr.yaml was found.'),
	KDR_CONFIG_INVALID: entry(2, 'user', 'kdr.yaml has problems; all are listed with file:line.'),
	KDR_SECRET_UNREADABLE: entry(2, 'user', 'A secret named in kdr.yaml could not be read.'),
	KDR_RUNBOOK_INVALID: entry(2, 'user', 'A runbook has problems; all are listed with file:line.'),
	KDR_LINK_UNKNOWN: entry(2, 'user', 'kdr.yaml has no link or cluster of that name.'),
	KDR_RUN_UNKNOWN: entry(2, 'user', 'The journal has no run with that id.'),
	KDR_CLUSTER_UNREACHABLE: entry(3, 'target', 'No broker of the cluster answered within the deadline.'),
	KDR_AUTH_FAILED: entry(3, 'target', 'The cluster refused the user name or password.'),
	KDR_TLS_FAILED: entry(
		3,
		'target',
		'The certificate of the cluster has expired, is for another name, or comes from an authority kdr does not trust.',
	),
	KDR_NOT_PERMITTED: entry(3, 'target', 'The user kdr runs as lacks a permission.'),
	KDR_CLUSTER_WRONG: entry(3, 'target', 'The cluster that answered is another one than expected.'),
	KDR_KAFKA_ERROR: entry(3, 'target', 'A broker answered with an error that kdr has no code for.'),
	KDR_TIMEOUT: entry(3, 'target', 'No answer within the deadline.'),
	KDR_CONNECT_UNREACHABLE: entry(3, 'target', 'No Connect worker of the cluster answered within the deadline.'),
	KDR_CONNECT_ERROR: entry(3, 'target', 'Connect answered with an error.'),
	KDR_CONNECTOR_MISSING: entry(3, 'target', 'A MirrorMaker 2 connector that the command needs does not exist.'),
	KDR_MIRROR_BOTH_DIRECTIONS: entry(
		3,
		'target',
		'Mirrors of both directions run, or would run: records would circle without end.',
	),
	KDR_MIRROR_NOT_RUNNING: entry(3, 'target', 'The mirror is not running, so it copies nothing.'),
	KDR_TOPIC_MISSING: entry(3, 'target', 'A topic or partition of the link does not exist on the cluster to move to.'),
	KDR_NOT_DRAINED: entry(3, 'target', 'The standby does not have all records yet.'),
	KDR_COPY_INCOMPLETE: entry(
		3,
		'target',
		'A copy on the standby lacks records that the mirror is past: its topic was deleted there and created again.',
	),
	KDR_WRITERS_NOT_STILL: entry(3, 'target', 'An application still writes on the fenced cluster.'),
	KDR_FENCE_LEAKS: entry(3, 'target', 'An application that should be fenced could still write on the fenced cluster.'),
	KDR_FENCE_REMOVED: entry(
		3,
		'target',
		'Somebody else, or a robot, removes the fence that kdr sets; before the point of no return the run is undone.',
	),
	KDR_FENCE_OWED: entry(
		3,
		'target',
		'A cluster that was dead when its clients moved away answers again, and is not fenced yet.',
	),
	KDR_RETURNED_LOST: entry(3, 'target', 'A returned cluster has lost records that were mirrored from it before.'),
	KDR_TAIL_UNKNOWN: entry(3, 'target', 'kdr cannot determine the tail of the returned cluster.'),
	KDR_FILE_BROKEN: entry(2, 'user', 'A file of salvaged records is damaged, incomplete, or of another kind.'),
	KDR_TAIL_OPEN: entry(
		3,
		'target',
		'The tail on the returned cluster is neither salvaged nor discarded with a reason.',
	),
	KDR_GROUP_ACTIVE: entry(3, 'target', 'A consumer group has running members, so its offsets cannot be set.'),
	KDR_OFFSET_UNMAPPED: entry(3, 'target', 'A position has no provable counterpart on the other cluster.'),
	KDR_OFFSET_EXPIRED: entry(
		3,
		'target',
		'The standby has deleted records that a group has not processed: it would skip them.',
	),
	KDR_OFFSET_REWIND: entry(3, 'target', 'The new offset is lower than the newest commit of the group.'),
	KDR_OFFSET_MOVED: entry(
		3,
		'target',
		'A group has committed since kdr set its offset; setting it again would undo that commit.',
	),
	KDR_GROUP_UNKNOWN: entry(3, 'user', 'Neither cluster knows a group of that name.'),
	KDR_CHECKPOINT_RUNNING: entry(
		3,
		'target',
		'MirrorMaker 2 still syncs group offsets and would overwrite those kdr sets.',
	),
	KDR_PLAN_INVALID: entry(2, 'user', 'This kdr cannot read the plan file.'),
	KDR_PLAN_STALE: entry(4, 'target', 'The facts that a saved plan is based on have changed.'),
	KDR_OFFSET_NOT_TAKEN: entry(3, 'target', 'The offset read back differs from the one committed.'),
	KDR_DNS_UNREACHABLE: entry(3, 'target', 'The DNS provider or an authoritative server did not answer.'),
	KDR_DNS_DENIED: entry(3, 'target', 'The DNS provider refused the credentials or the change.'),
	KDR_DNS_ZONE_MISSING: entry(3, 'target', 'The DNS provider has no such zone.'),
	KDR_DNS_RECORD_UNSUPPORTED: entry(
		3,
		'target',
		'The DNS record is an alias or has a routing policy; kdr flips plain records only.',
	),
	KDR_DNS_UNEXPECTED_VALUE: entry(4, 'target', 'Someone else changed the DNS record.'),
	KDR_DNS_NOT_IN_SYNC: entry(
		3,
		'target',
		'The provider accepted the DNS change, and some name servers do not answer it yet.',
	),
	KDR_CHECK_FAILED: entry(3, 'target', 'A check did not pass.'),
	KDR_SAME_SIDE: entry(4, 'user', 'The clients are already on that cluster.'),
	KDR_CONFIRM_NEEDED: entry(4, 'user', 'The change needs the name of the cluster as confirmation.'),
	KDR_DECLINED: entry(4, 'user', 'The operator declined.'),
	KDR_LOSS_NOT_ACCEPTED: entry(4, 'user', 'The possible loss was not accepted, or is more than was accepted.'),
	KDR_REREAD_NOT_AGREED: entry(
		4,
		'user',
		'Groups would read more records again than was agreed to, by the plan or by number.',
	),
	KDR_LOCKED: entry(4, 'user', 'Another run of this link is open.'),
	KDR_RUN_ENDED: entry(4, 'user', 'The run has already completed; there is nothing to resume.'),
	KDR_RUN_OVERTAKEN: entry(
		4,
		'user',
		'A later run of the link has written since; resuming the older one would work against it.',
	),
	KDR_CONFIG_CHANGED: entry(
		4,
		'user',
		'kdr.yaml differs from what the run was started with, in a way that decides what is changed.',
	),
	KDR_PAST_RETURN: entry(
		4,
		'user',
		'The run is past its point of no return: undoing it would lose what was written since.',
	),
	KDR_UNDO_NOT_WHOLE: entry(4, 'user', 'A change of the run cannot be undone, so an undo would be incomplete.'),
	KDR_NOTHING_TO_UNDO: entry(4, 'user', 'The run has no change to undo.'),
	KDR_OVERRIDE_UNKNOWN: entry(
		4,
		'user',
		'An override names a finding that the plan does not have, or that cannot be overridden.',
	),
	KDR_PAUSED: entry(8, 'user', 'The run paused at a safe point, as an operator asked.'),
	KDR_HELD: entry(8, 'user', 'The run was held before its point of no return, and the hold time is over.'),
	KDR_FENCED_BY_OTHER: entry(4, 'target', 'Another operator took over the run.'),
	KDR_DRIFT: entry(4, 'target', 'The target changed since the plan: it matches neither the old nor the planned state.'),
	KDR_JOURNAL_BROKEN: entry(3, 'target', 'The journal cannot be read or continued.'),
	KDR_APPROVAL_PENDING: entry(8, 'user', 'A manual step of the run waits for a person.'),
	KDR_SECOND_PERSON: entry(8, 'user', 'The plan waits for the approval of a second person.'),
	KDR_PROGRAM_FAILED: entry(3, 'target', 'A program that the runbook runs failed or timed out.'),
	KDR_OUTCOME_UNKNOWN: entry(6, 'target', 'A write got no answer: it may or may not have happened.'),
	KDR_STEP_FAILED: entry(5, 'target', 'A step failed after the run had changed something.'),
	KDR_INCOMPLETE: entry(5, 'target', 'The run completed, but some items were refused or failed; each is named.'),
	KDR_INTERRUPTED: entry(130, 'user', 'The run was interrupted at a safe point.'),
	KDR_LAB_NEEDS: entry(2, 'user', 'The lab needs something that this machine lacks.'),
	KDR_LAB_PORT_TAKEN: entry(2, 'user', 'Another program uses a port that the lab needs.'),
	KDR_LAB_EXISTS: entry(4, 'user', 'A lab of that name is already running.'),
	KDR_LAB_UNKNOWN: entry(2, 'user', 'No lab of that name is running.'),
	KDR_LAB_START_FAILED: entry(1, 'kdr', 'A process of the lab did not start.'),
	KDR_LAB_TRAFFIC: entry(4, 'user', 'The lab has traffic where the command needs none, or none where it needs some.'),
	KDR_LEDGER_BAD: entry(3, 'target', 'The ledger found lost or skipped records.'),
} as const satisfies Record<string, ErrorEntry>;

export type ErrorCode = keyof typeof errorTable;
