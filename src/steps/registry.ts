import { cutsHold } from './cuts-hold.ts';
import { dnsFlip } from './dns-flip.ts';
import { drain } from './drain.ts';
import { evictReaders } from './evict-readers.ts';
import { exec } from './exec.ts';
import { fenceEnds } from './fence-ends.ts';
import { fenceLift } from './fence-lift.ts';
import { fencePaid } from './fence-paid.ts';
import { fenceWriters } from './fence-writers.ts';
import { groupsSettle } from './groups-settle.ts';
import type { AnyKind } from './kind.ts';
import { lagWithin } from './lag-within.ts';
import { lossAccepted } from './loss-accepted.ts';
import { manual } from './manual.ts';
import { mirrorCaughtUp } from './mirror-caught-up.ts';
import { mirrorResume } from './mirror-resume.ts';
import { mirrorSeed } from './mirror-seed.ts';
import { mirrorStop } from './mirror-stop.ts';
import { offsetsCommit } from './offsets-commit.ts';
import { offsetsLook } from './offsets-look.ts';
import { offsetsUndo } from './offsets-undo.ts';
import { openTarget } from './open-target.ts';
import { preflight } from './preflight.ts';
import { readCommits } from './read-commits.ts';
import { recallCuts } from './recall-cuts.ts';
import { recordCuts } from './record-cuts.ts';
import { safetyRules } from './safety-rules.ts';
import { salvageReplay } from './salvage-replay.ts';
import { salvageSettled } from './salvage-settled.ts';
import { returnMirrorResume, returnMirrorSeed, returnMirrorStop, returnRecallCuts } from './turned.ts';
import { writersStill } from './writers-still.ts';

const kinds = [
	safetyRules,
	preflight,
	mirrorStop,
	fencePaid,
	fenceWriters,
	fenceEnds,
	fenceLift,
	writersStill,
	drain,
	groupsSettle,
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
	exec,
	lagWithin,
	manual,
	offsetsLook,
] as const;

/** Every kind of step, by name. A new kind is one file here and one line above. */
export const registry: ReadonlyMap<string, AnyKind> = new Map<string, AnyKind>(kinds.map((kind) => [kind.kind, kind]));
