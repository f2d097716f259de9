import { cutsHold } from './cuts-hold.ts';
import { dnsFlip } from './dns-flip.ts';
import { drain } from './drain.ts';
import { evictReaders } from './evict-readers.ts';
import { fenceWriters } from './fence-writers.ts';
import { groupsSettle } from './groups-settle.ts';
import type { AnyKind } from './kind.ts';
import { lossAccepted } from './loss-accepted.ts';
import { mirrorResume } from './mirror-resume.ts';
import { mirrorSeed } from './mirror-seed.ts';
import { mirrorStop } from './mirror-stop.ts';
import { offsetsCommit } from './offsets-commit.ts';
import { openTarget } from './open-target.ts';
import { preflight } from './preflight.ts';
import { readCommits } from './read-commits.ts';
import { recallCuts } from './recall-cuts.ts';
import { recordCuts } from './record-cuts.ts';
import { writersStill } from './writers-still.ts';

const kinds = [
	preflight,
	mirrorStop,
	fenceWriters,
	writersStill,
	drain,
	groupsSettle,
	evictReaders,
	readCommits,
	recordCuts,
	recallCuts,
	lossAccepted,
	offsetsCommit,
	mirrorSeed,
	cutsHold,
	openTarget,
	dnsFlip,
	mirrorResume,
] as const;

/** Every kind of step, by name. A new kind is one file here and one line above. */
export const registry: ReadonlyMap<string, AnyKind> = new Map<string, AnyKind>(kinds.map((kind) => [kind.kind, kind]));
