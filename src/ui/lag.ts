import type { IncompleteCopy, LagView, TopicLag } from '../domain/lag/view.ts';
import type { Screen } from './screen.ts';
import { drawable } from './screen.ts';
import { edges, table } from './table.ts';
import { visible } from './visible.ts';
import { claim, claimCell, durationBound, number, records } from './words.ts';

/** Seconds to one decimal, rounded up: they are bounds. */
const seconds = (ms: number): string => (Math.ceil(ms / 100) / 10).toFixed(1);

/** Per topic how far the mirror is behind and how that is known. `trend`: there was a look before, to compare with. */
export function renderLag(view: LagView, screen: Screen, { trend }: { trend: boolean }): string {
	const safe = (text: string): string => drawable(screen, visible(text));
	const head = safe(`${view.link}   ${view.from} → ${view.to}   ${describeLag(view)}`);
	const columns = [
		{ title: 'TOPIC' },
		{ title: 'PARTITIONS', kind: 'number' as const },
		{ title: 'BEHIND', kind: 'number' as const },
		{ title: 'SECONDS', kind: 'number' as const },
		...(trend ? [{ title: 'TREND' }] : []),
		{ title: 'KNOWN BY', folds: true },
	];
	const lines = [
		edges(screen, head, safe(`mirror ${view.mirror}`)),
		...table(
			columns,
			view.topics.map((topic) => lagRow(topic, trend)),
			{ screen },
		),
	];
	const incomplete = (view.incomplete ?? []).map((copy) => incompleteText(copy, view));
	if (incomplete.length > 0) lines.push('', ...list(incomplete).map(safe));
	if (!view.fromAnswers) lines.push('', safe(`${view.from} does not answer: these bounds come from ${view.to} alone.`));
	return `${lines.join('\n')}\n`;
}

function incompleteText({ topic, partition, recordsAtMost, evidence }: IncompleteCopy, { to }: LagView): string {
	const copy = `${topic} ${partition} on ${to}`;
	if (recordsAtMost === null) return `Whether ${copy} is complete is unknown: ${evidence}.`;
	return `${copy} lacks at most ${records(recordsAtMost)}; the mirror will not bring them: ${evidence}.`;
}

/** The first few lines of many. */
const list = (lines: readonly string[], most = 5): string[] =>
	lines.length <= most ? [...lines] : [...lines.slice(0, most), `and ${lines.length - most} more: kdr lag --json`];

/** What is known first: with the active side silent that is the time. */
function describeLag({ behind, behindMs }: LagView): string {
	if (behindMs.kind === 'unknown') {
		const both = behind.kind === 'unknown' && behind.reason === behindMs.reason;
		return `behind by ${claim(behind, records)}${both ? '' : `, seconds ${claim(behindMs, durationBound)}`}`;
	}
	if (behind.kind === 'unknown')
		return `behind by ${claim(behindMs, durationBound)} of writes, records ${claim(behind, records)}`;
	return `behind by ${claim(behind, records)}, ${durationBound(behindMs.value)}`;
}

function lagRow({ topic, partitions, behind, behindMs, trend }: TopicLag, showTrend: boolean): (string | number)[] {
	const known = behind.kind === 'unknown' ? behind.reason : behind.evidence;
	return [
		topic,
		partitions,
		claimCell(behind, number),
		claimCell(behindMs, seconds),
		...(showTrend ? [trend] : []),
		known,
	];
}
