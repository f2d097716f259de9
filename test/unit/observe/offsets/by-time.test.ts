import { expect, test } from 'vitest';
import { KdrError } from '../../../../src/domain/errors/kdr-error.ts';
import { bad } from '../../../../src/domain/item.ts';
import { lookUpByTime } from '../../../../src/observe/offsets/other-methods.ts';
import { at, context, estate, ioOf } from '../../../support/estate.ts';

const wanted = [{ group: 'billing', ...at(), onSource: at(), source: 7n }];

/** Ten records ten milliseconds apart on both sides; on west the mirror's markers come after every fifth, at the time it wrote them. */
function mirrored() {
	const here = estate();
	here.world.pump();
	for (let i = 0n; i < 10n; i++) {
		for (const side of [here.east, here.west])
			side.log(at()).append({ value: `v${i}`, timestamp: 1_000n + i * 10n }, 0);
		if (i % 5n === 4n) here.west.log(at()).mark(9_999_999);
	}
	return ioOf(here, context().move);
}

test('a marker of an exactly-once mirror, which bears its own clock, is not taken for the record', async () => {
	expect([...(await lookUpByTime(mirrored(), wanted)).values()]).toEqual([{ at: 1_070, found: 8n }]);
});

test('a look-up that fails is not "no record is that new": that would be the log end; what failed is said', async () => {
	const io = mirrored();
	const failing: typeof io.to.records.offsetsAt = async (times) =>
		times.map(() => bad(new KdrError('KDR_TIMEOUT', 'no answer')));
	const to = { ...io.to, records: { ...io.to.records, offsetsAt: failing } };
	const [time] = (await lookUpByTime({ ...io, to }, wanted)).values();
	expect(time).toEqual({ at: null, found: null, why: 'the look-up by time failed: no answer' });
});
