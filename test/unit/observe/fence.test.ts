import { expect, test } from 'vitest';
import { observeFence } from '../../../src/observe/fence.ts';
import { renderFence } from '../../../src/ui/fence.ts';
import { plainScreen } from '../../../src/ui/screen.ts';
import { link } from '../../support/estate.ts';
import { failedOver, returned } from '../../support/way-back.ts';

const never = new AbortController().signal;

test('an owed fence is reported with its command, and what could not be read is reported as unknown', async () => {
	const text = renderFence(await observeFence((await failedOver()).world, link, never), plainScreen);
	expect(text).toContain('east      unknown: does not answer');
	expect(text).toMatch(/journal of east: unknown \(/);
	expect(text).toMatch(
		/⚠ Fence owed: east is not fenced. Clients moved to west at \S+Z \(run run\d+\), and writers and readers can still use east: kdr fence pay --wait --confirm east/,
	);
	expect(text).not.toContain('No fence is owed');
});

test('a paid fence says who is fenced', async () => {
	const text = renderFence(await observeFence((await returned()).world, link, never), plainScreen);
	expect(text).toContain('WRITE and READ to User:app, User:batch');
	expect(text).toContain('✔ No fence is owed.');
});
