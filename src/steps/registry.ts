import { cutsHold } from './cuts-hold.ts';
import { dnsFlip } from './dns-flip.ts';
import { drain } from './drain.ts';
import { evictReaders } from './evict-readers.ts';
import { exec } from './exec.ts';
import { fenceEnds } from './fence-ends.ts';
import { fenceLift } from './fence-lift.ts';
import { fencePaid } from './fence-paid.ts';
import { fenceWriters } from './fence-writers.ts';
import { groupsGone } from './groups-gone.ts';
import { groupsSettle } from './groups-settle.ts';
import type { AnyKind } from './kind.ts';
import { lagWithin } from './lag-within.ts';
import { lossAccepted } from './loss-accepted.ts';
import { manual } from './manual.ts';
import { mirrorAnew } from './mirror-anew.ts';
import { mirrorCaughtUp } from './mirror-caught-up.ts';
import { mirrorCompare } from './mirror-compare.ts';
import { mirrorFilled } from './mirror-filled.ts';
import { mirrorResume } from './mirror-resume.ts';
import { mirrorSeed } from './mirror-seed.ts';
import { mirrorSettings } from './mirror-settings.ts';
import { mirrorStop } from './mirror-stop.ts';
import { offsetsCommit } from './offsets-commit.ts';
import { offsetsForget } from './offsets-forget.ts';
import { offsetsKept } from './offsets-kept.ts';
import { offsetsLook } from './offsets-look.ts';
import { offsetsUndo } from './offsets-undo.ts';
import { openTarget } from './open-target.ts';
import { preflight } from './preflight.ts';
import { readCommits } from './read-commits.ts';
import { rebuildLoss } from './rebuild-loss.ts';
import { rebuildReady } from './rebuild-ready.ts';
import { recallCuts } from './recall-cuts.ts';
import { recordCuts } from './record-cuts.ts';
import { safetyRules } from './safety-rules.ts';
import { salvageReplay } from './salvage-replay.ts';
import { salvageSettled } from './salvage-settled.ts';
import { secondPerson } from './second-person.ts';
import { topicsCreate } from './topics-create.ts';
import { topicsDelete } from './topics-delete.ts';
import { returnMirrorResume, returnMirrorSeed, returnMirrorSettings, returnMirrorStop, returnRecallCuts } from './turned.ts';
import { writersStill } from './writers-still.ts';

const kinds = [
	safetyRules,
	secondPerson,
	preflight,
	mirrorStop,
	fencePaid,
	fenceWriters,
	fenceEnds,
	fenceLift,
	writersStill,
	drain,
	groupsSettle,
	groupsGone,
	evictReaders,
	readCommits,
	recordCuts,
	recallCuts,
	lossAccepted,
	offsetsCommit,
	offsetsUndo,
	mirrorSeed,
	cutsHold,
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
	offsetsForget,
	mirrorAnew,
	mirrorFilled,
	mirrorCompare,
	mirrorSettings,
	returnMirrorSettings,
	exec,
	lagWithin,
	manual,
	offsetsKept,
	offsetsLook,
] as const;

/** Every kind of step, by name. A new kind is one file here and one line above. */
export const registry: ReadonlyMap<string, AnyKind> = new Map<string, AnyKind>(kinds.map((kind) => [kind.kind, kind]));
