import { dnsFlip } from './dns-flip.ts';
import { exec } from './exec.ts';
import { evictReaders } from './fence/evict-readers.ts';
import { fenceEnds } from './fence/fence-ends.ts';
import { fenceLift } from './fence/fence-lift.ts';
import { fencePaid } from './fence/fence-paid.ts';
import { fenceWriters } from './fence/fence-writers.ts';
import { groupsGone } from './fence/groups-gone.ts';
import { openTarget } from './fence/open-target.ts';
import { writersStill } from './fence/writers-still.ts';
import type { AnyKind } from './kind.ts';
import { lossAccepted } from './loss-accepted.ts';
import { manual } from './manual.ts';
import { cutsHold } from './mirror/cuts-hold.ts';
import { drain } from './mirror/drain.ts';
import { lagWithin } from './mirror/lag-within.ts';
import { mirrorAnew } from './mirror/mirror-anew.ts';
import { mirrorCaughtUp } from './mirror/mirror-caught-up.ts';
import { mirrorCompare } from './mirror/mirror-compare.ts';
import { mirrorFilled } from './mirror/mirror-filled.ts';
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
} from './mirror/turned.ts';
import { groupsSettle } from './offsets/groups-settle.ts';
import { offsetsCommit } from './offsets/offsets-commit.ts';
import { offsetsForget } from './offsets/offsets-forget.ts';
import { offsetsKept } from './offsets/offsets-kept.ts';
import { offsetsLook } from './offsets/offsets-look.ts';
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
