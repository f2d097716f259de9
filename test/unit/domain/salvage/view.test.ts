import { expect, test } from 'vitest';
import { noFates, type SalvageView } from '../../../../src/domain/salvage/view.ts';
import { renderSalvage } from '../../../../src/ui/salvage.ts';
import { plainScreen } from '../../../../src/ui/screen.ts';

const row = {
	topic: 'orders',
	partition: 0,
	from: 20n,
	to: 27n,
	evidence: 'the same 20 records up to offset 19',
	doubtful: 0,
	records: 7,
	bytes: 1_907n,
	time: { first: 1_700_000_000_000n, last: 9_223_372_036_854_775_807n },
	fates: { ...noFates(), free: 4, conflict: 2, superseded: 1 },
	quarantined: { ...noFates(), conflict: 1 },
};
const view: SalvageView = { link: 'orders', run: 'r7', returned: 'east', active: 'west', rows: [row], unknown: [] };

test('the tail is shown with what it is to the active side, and invalid times are shown as they are', () => {
	const text = renderSalvage(view, plainScreen);
	expect(text).toContain(
		'The tail on east from run r7 has 7 records; 5 of them are not on west, 2 with a key that was written there since.',
	);
	expect(text).toContain('Written from 2023-11-14T22:13:20Z to 9223372036854775807, by');
	expect(text).toContain('kdr salvage replay');
});

test('records that nothing tells from mirrored ones are named as such', () => {
	expect(renderSalvage(view, plainScreen)).not.toContain('may be');
	const text = renderSalvage({ ...view, rows: [{ ...row, doubtful: 3 }] }, plainScreen);
	expect(text).toContain(
		'orders 0: up to 3 of these records may be on west already: identical records are there, and nothing distinguishes them.',
	);
});

test('nothing known is not nothing', () => {
	const text = renderSalvage(
		{ ...view, rows: [], unknown: [{ topic: 'orders', partition: 1, reason: 'a transaction is open' }] },
		plainScreen,
	);
	expect(text).toContain('orders 1: unknown (a transaction is open)');
	expect(text).toContain('No tail is known');
	expect(renderSalvage({ ...view, rows: [], run: null }, plainScreen)).toContain('has no tail');
});
