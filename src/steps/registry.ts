import type { Move, RunStep } from '../domain/run/events.ts';
import { KindsByName } from '../domain/runbook/former-words.ts';
import { dnsFlip } from './dns-flip.ts';
import { exec } from './exec.ts';
import { evictReaders } from './fence/evict-readers.ts';
import { fenceLift } from './fence/fence-lift.ts';
import { fencePaid } from './fence/fence-paid.ts';
import { fenceWriters } from './fence/fence-writers.ts';
import { noActiveGroups } from './fence/no-active-groups.ts';
import { openTarget } from './fence/open-target.ts';
import { recordTailEnds } from './fence/record-tail-ends.ts';
import { writersStill } from './fence/writers-still.ts';
import { grantChecks } from './grants.ts';
import type { AnyKind, StepContext, StepIo } from './kind.ts';
import { lossAccepted } from './loss-accepted.ts';
import { manual } from './manual.ts';
import { cutsUnchanged } from './mirror/cuts-unchanged.ts';
import { drain } from './mirror/drain.ts';
import { lagWithin } from './mirror/lag-within.ts';
import { mirrorCaughtUp } from './mirror/mirror-caught-up.ts';
import { mirrorCompare } from './mirror/mirror-compare.ts';
import { mirrorComplete } from './mirror/mirror-complete.ts';
import { mirrorReset } from './mirror/mirror-reset.ts';
import { mirrorResume } from './mirror/mirror-resume.ts';
import { mirrorSeed } from './mirror/mirror-seed.ts';
import { mirrorSettings } from './mirror/mirror-settings.ts';
import { mirrorStop } from './mirror/mirror-stop.ts';
import { recallCuts } from './mirror/recall-cuts.ts';
import { recordCuts } from './mirror/record-cuts.ts';
import {
	returnMirrorResume,
	returnMirrorSeed,
	returnMirrorSettings,
	returnMirrorStop,
	returnRecallCuts,
} from './mirror/with-sides-swapped.ts';
import { groupsSettle } from './offsets/groups-settle.ts';
import { offsetsCommit } from './offsets/offsets-commit.ts';
import { offsetsDelete } from './offsets/offsets-delete.ts';
import { offsetsPreview } from './offsets/offsets-preview.ts';
import { offsetsRetention } from './offsets/offsets-retention.ts';
import { offsetsUndo } from './offsets/offsets-undo.ts';
import { readCommits } from './offsets/read-commits.ts';
import { preflight } from './preflight.ts';
import { rebuildLoss } from './rebuild/rebuild-loss.ts';
import { rebuildReady } from './rebuild/rebuild-ready.ts';
import { topicsCreate } from './rebuild/topics-create.ts';
import { topicsDelete } from './rebuild/topics-delete.ts';
import { safetyRules } from './safety-rules.ts';
import { salvageReplay } from './salvage/salvage-replay.ts';
import { salvageSettled } from './salvage/salvage-settled.ts';
import { secondPerson } from './second-person.ts';

const kinds = [
	safetyRules,
	secondPerson,
	preflight,
	mirrorStop,
	fencePaid,
	fenceWriters,
	recordTailEnds,
	fenceLift,
	writersStill,
	drain,
	groupsSettle,
	noActiveGroups,
	evictReaders,
	readCommits,
	recordCuts,
	recallCuts,
	lossAccepted,
	offsetsCommit,
	offsetsUndo,
	mirrorSeed,
	cutsUnchanged,
	openTarget,
	dnsFlip,
	mirrorResume,
	mirrorCaughtUp,
	salvageReplay,
	salvageSettled,
	returnMirrorStop,
	returnRecallCuts,
	returnMirrorSeed,
	returnMirrorResume,
	rebuildReady,
	rebuildLoss,
	topicsDelete,
	topicsCreate,
	offsetsDelete,
	mirrorReset,
	mirrorComplete,
	mirrorCompare,
	mirrorSettings,
	returnMirrorSettings,
	exec,
	lagWithin,
	manual,
	offsetsRetention,
	offsetsPreview,
] as const;

/** Every kind of step, by name. A new kind is one file here and one line above. */
export const registry: ReadonlyMap<string, AnyKind> = new KindsByName<AnyKind>(kinds);

/** What kdr may not do of what these steps write, as checks of a plan. */
export const askGrants = (
	request: { mode: Move['mode']; steps: readonly RunStep[] },
	io: StepIo,
	ctx: Pick<StepContext, 'link' | 'fromAlive'>,
) => grantChecks(request, registry, io, ctx);
