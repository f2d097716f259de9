import fc from 'fast-check';
import type { KafkaRecord } from '../../src/domain/kafka/record.ts';
import type { PlaceFacts } from '../../src/domain/offsets/place.ts';

/** A partition on both sides as an at-least-once mirror leaves it, and one group's commit on the source. */
export interface MirroredLogs {
	/** Data records; holes between offsets are markers, aborted and compacted records. */
	source: KafkaRecord[];
	target: KafkaRecord[];
	sourceEnd: bigint;
	targetEnd: bigint;
	/** The position of the group on the source. */
	commit: bigint;
	/** How many records of the source the mirror has copied. */
	mirrored: number;
	/** As MirrorMaker 2 may translate: through some copy of some record at or before the commit. */
	checkpoint: PlaceFacts['checkpoint'];
}

export const textOf = ({ value }: KafkaRecord): string => String(value);

const recordAt = (offset: bigint, content: number): KafkaRecord => ({
	topic: 'orders',
	partition: 0,
	offset,
	timestamp: 1n,
	timestampType: 'create',
	key: null,
	value: Buffer.from(`v${content}`),
	headers: [],
});

/** `contents`: few different ones, so that identical records are common; `replays`: where the mirror starts over, from how far back. */
export const mirroredLogs: fc.Arbitrary<MirroredLogs> = fc
	.record({
		contents: fc.array(fc.record({ content: fc.nat({ max: 3 }), hole: fc.nat({ max: 2 }) }), { maxLength: 14 }),
		targetHoles: fc.array(fc.nat({ max: 2 }), { minLength: 40, maxLength: 40 }),
		trailing: fc.nat({ max: 2 }),
		older: fc.array(fc.nat({ max: 3 }), { maxLength: 4 }),
		replays: fc.array(fc.record({ after: fc.nat({ max: 14 }), back: fc.integer({ min: 1, max: 6 }) }), {
			maxLength: 2,
		}),
		stopsAt: fc.option(fc.nat({ max: 14 }), { nil: null }),
		commit: fc.nat({ max: 45 }),
		through: fc.option(fc.record({ which: fc.nat({ max: 60 }), upstream: fc.nat({ max: 45 }) }), { nil: null }),
	})
	.map(({ contents, targetHoles, trailing, older, replays, stopsAt, commit, through }) => {
		let next = 0n;
		const source = contents.map(({ content, hole }) => {
			const record = recordAt(next + BigInt(hole), content);
			next = record.offset + 1n;
			return record;
		});
		const sourceEnd = next + BigInt(trailing);
		const mirrored = Math.min(stopsAt ?? source.length, source.length);
		const { target, origin, targetEnd } = copyOf(source.slice(0, mirrored), older, replays, targetHoles);
		const at = BigInt(commit) > sourceEnd ? sourceEnd : BigInt(commit);
		return {
			source,
			target,
			sourceEnd,
			targetEnd,
			commit: at,
			mirrored,
			checkpoint: checkpointOf(source, target, origin, at, through),
		};
	});

function copyOf(source: KafkaRecord[], older: number[], replays: { after: number; back: number }[], holes: number[]) {
	const order = source.map((_, i) => i);
	for (const { after, back } of replays) {
		const found = order.lastIndexOf(Math.min(after, source.length - 1));
		if (found < 0) continue;
		const from = Math.max(0, (order[found] ?? 0) - back + 1);
		order.splice(found + 1, order.length, ...source.map((_, i) => i).slice(from));
	}
	let next = 0n;
	const place = (content: KafkaRecord | number, i: number): KafkaRecord => {
		const offset = next + BigInt(holes[i % holes.length] ?? 0);
		next = offset + 1n;
		return typeof content === 'number' ? recordAt(offset, content) : { ...content, offset };
	};
	const before = older.map(place);
	const copies = order.flatMap((index, i) => {
		const record = source[index];
		return record ? [place(record, i + older.length)] : [];
	});
	return {
		target: [...before, ...copies],
		origin: [...older.map(() => -1), ...order],
		targetEnd: next + BigInt(holes[0] ?? 0),
	};
}

function checkpointOf(
	source: KafkaRecord[],
	target: KafkaRecord[],
	origin: number[],
	commit: bigint,
	through: { which: number; upstream: number } | null,
): PlaceFacts['checkpoint'] {
	if (!through || target.length === 0) return null;
	const which = through.which % target.length;
	const [copy, original] = [target[which], source[origin[which] ?? -1]];
	if (!copy || !original) return null;
	// MirrorMaker 2 writes a checkpoint for a commit it saw, at or after the sync; the group's own may have moved either way since.
	const upstream = original.offset + BigInt(through.upstream % 8);
	if (upstream > commit && through.upstream % 2 === 0) return null;
	return { upstream, downstream: upstream === original.offset ? copy.offset : copy.offset + 1n, at: 0 };
}
