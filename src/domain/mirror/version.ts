import type { Check } from '../check.ts';

/** What Connect workers and their MirrorMaker 2 can do, by version. */

type Release = readonly [number, number, number];

/** `initial_state` of a connector (KIP-980). */
export const createsStopped: Release = [3, 7, 0];
/** PATCH and DELETE of positions (KIP-875). */
export const setsPositions: Release = [3, 6, 0];
/** PUT stop (KIP-875). */
export const stopsConnectors: Release = [3, 5, 0];
/** From here on checkpoints never lie past what a group has read (KAFKA-12468). */
const checkpointsHold: Release = [3, 4, 1];

/** Apache Kafka's release in a version such as `3.9.1`, `3.7.0.redhat-7`; of Confluent's (`7.6.0-ccs`) the one it is made of. Null: none is named. */
export function releaseOf(version: string): Release | null {
	const [, major, minor, patch = '0', rest = ''] = /^v?(\d+)\.(\d+)(?:\.(\d+))?(.*)$/.exec(version.trim()) ?? [];
	if (major === undefined || minor === undefined) return null;
	const confluent = /^-(ccs|ce)\b/.test(rest);
	return [Number(major) - (confluent ? 4 : 0), Number(minor), Number(patch)];
}

/** True also where the version says nothing: what it cannot do will show. */
export function atLeast(version: string, wanted: Release): boolean {
	const release = releaseOf(version);
	if (!release) return true;
	const [difference = 0] = release.map((part, at) => part - (wanted[at] ?? 0)).filter((one) => one !== 0);
	return difference >= 0;
}

/** Pure: whether what the workers write into `to` may make groups skip records; null: it does not, as far as `version` says. KAFKA-12468. */
export function checkpointsCheck(version: string | null, { from, to }: { from: string; to: string }): Check | null {
	if (version === null || atLeast(version, checkpointsHold)) return null;
	return {
		code: 'checkpoints-overshoot',
		status: 'block',
		what: `checkpoints and synced offsets ${from} → ${to}`,
		observed: `written by MirrorMaker 2 ${version}: they may lie past what a group has read`,
		wanted: `MirrorMaker 2 ${checkpointsHold.join('.')}, 3.5.0 or newer`,
		hint: `upgrade the workers of ${to}; until then groups would skip records`,
	};
}
