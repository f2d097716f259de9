import type { OutageEstimate } from '../domain/plan/outage.ts';
import { drawable, type Screen } from './screen.ts';
import { visible } from './visible.ts';
import { durationBound, linesOf } from './words.ts';

/** What a plan says of the time clients will be without service: each part with what it leaves out. */
export function renderOutage(outage: OutageEstimate, screen: Screen): string[] {
	const fact = (head: string, text: string): string[] => linesOf(screen, head, drawable(screen, visible(text)));
	if (outage.kind === 'unknown') return fact(' outage of clients: ', `unknown (${outage.reason})`);
	return [
		...fact(
			' outage of clients: ',
			`unknown in advance. It lasts from the ${outage.from} to ${outage.to}, and until clients are back.`,
		),
		...fact('   earlier    ', measuredText(outage)),
		...fact('   waits      ', waitsText(outage)),
		...fact('   TTL        ', cachedText(outage)),
		...fact('   left out   ', outage.notIncluded.join('; ')),
	];
}

type Parts = Extract<OutageEstimate, { kind: 'parts' }>;

function measuredText({ measured, unread }: Parts): string {
	if (unread !== null) return `unknown (the journal cannot be read: ${unread})`;
	if (measured.length === 0) return 'unknown (no move like this one is in the journals)';
	const moves = measured.map(
		({ run, from, to, at, atMostMs }) =>
			`${durationBound(atMostMs)} ${from} → ${to} on ${at.slice(0, 10)} (run ${run})`,
	);
	return `at most ${moves.join(', ')}`;
}

function waitsText({ waits }: Parts): string {
	if (waits.steps.length === 0) return 'no step waits';
	const longest = waits.steps
		.toSorted((a, b) => b.atMostMs - a.atMostMs)
		.slice(0, 3)
		.map(({ step, atMostMs }) => `${step} ${durationBound(atMostMs)}`);
	return `at most ${durationBound(waits.atMostMs)} (longest: ${longest.join(', ')}); past a deadline the run halts, and clients stay without service`;
}

const cachedText = ({ cachedMs }: Parts): string =>
	cachedMs === null
		? 'unknown (no record was read)'
		: `at most ${durationBound(cachedMs)} more, for clients that hold the old address`;
