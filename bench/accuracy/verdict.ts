import type { Screen } from '../../src/ui/screen.ts';
import { table } from '../../src/ui/table.ts';
import { number } from '../../src/ui/words.ts';
import type { Cost } from './judge.ts';
import { kinds, lags } from './topics.ts';

export const methods = ['naive', 'time', 'mm2', 'kdr'] as const;
export type Method = (typeof methods)[number];

/** What kdr said of one group and partition. */
export interface Said {
	next: number | null;
	proof: string;
	/** null: unknown. */
	rereadAtMost: number | null;
	why: string;
}

/** One group and partition, and what resuming by each method costs; null: the method gives no offset. */
export interface Judged {
	group: string;
	kind: string;
	topic: string;
	partition: number;
	lag: number;
	place: number;
	costs: Record<Method, Cost | null>;
	said: Said;
}

/** What does not hold; nothing: all does. */
export function wrongs(all: readonly Judged[], ratioWanted: number | null): string[] {
	const found = all.flatMap(({ group, topic, partition, place, costs: { kdr }, said }) => {
		const at = `${group}, ${topic} ${partition}: ${said.proof} ${said.next}, true place ${place}: ${said.why}`;
		if (!kdr) return [];
		return [
			...(kdr.skipped > 0 ? [`skips ${number(kdr.skipped)}: ${at}`] : []),
			...(said.proof === 'exact' && kdr.again > 0 ? [`"exact" reads ${number(kdr.again)} again: ${at}`] : []),
			...(said.rereadAtMost !== null && kdr.extra > said.rereadAtMost
				? [`said ≤ ${number(said.rereadAtMost)} again, is ${number(kdr.extra)}: ${at}`]
				: []),
		];
	});
	if (ratioWanted === null) return found;
	const { mm2, kdr } = farBehind(all);
	return kdr * ratioWanted > mm2
		? [...found, `kdr reads ${number(kdr)} again, MirrorMaker ${number(mm2)}: not ${ratioWanted} × fewer`]
		: found;
}

/** Read again over the groups at least 1,000 behind which MirrorMaker knows: the same work. */
function farBehind(all: readonly Judged[]): Record<Method, number> {
	const same = all.filter(({ lag, costs }) => lag >= 1_000 && costs.mm2 !== null);
	const sum = (method: Method): number => same.reduce((total, { costs }) => total + (costs[method]?.again ?? 0), 0);
	return { naive: sum('naive'), time: sum('time'), mm2: sum('mm2'), kdr: sum('kdr') };
}

const titles = { naive: 'COPIED', time: 'BY TIME', mm2: 'MM2', kdr: 'KDR' };

/** Records read again, and after a slash those skipped, by kind and lag; "none": the method gives no offset. */
export function report(all: readonly Judged[], screen: Screen): string {
	const rows = kinds.flatMap(({ kind }) =>
		lags.map((lag) =>
			row(
				kind,
				number(lag),
				all.filter((one) => one.kind === kind && one.lag === lag),
			),
		),
	);
	const columns = [
		{ title: 'TOPIC' },
		...['LAG', 'N', ...methods.map((method) => titles[method]), 'EXACT'].map((title) => ({
			title,
			kind: 'number' as const,
		})),
	];
	const lines = table(columns, [...rows, row('all', '', all)], { screen });
	const far = farBehind(all);
	const unknown = all.filter(({ costs }) => costs.mm2 === null).length;
	const left = all.filter(({ costs }) => costs.kdr === null).length;
	const ratio = far.kdr === 0 ? 'none at all' : `${(far.mm2 / far.kdr).toFixed(1)} × fewer`;
	return [
		...lines,
		'',
		'Records read again / skipped, summed over the N places (group and partition) of a line.',
		"MM2: MirrorMaker's own group sync; none: no offset is given there.",
		`MirrorMaker has no offset for ${unknown} of ${all.length} places; kdr leaves ${left} as they are.`,
		`Read again at least 1,000 behind, where it has one: MirrorMaker ${number(far.mm2)}, kdr ${number(far.kdr)} (${ratio}).`,
	].join('\n');
}

function row(kind: string, lag: string, all: readonly Judged[]): (string | number)[] {
	const cells = methods.map((method) => {
		const costs = all.flatMap(({ costs }) => costs[method] ?? []);
		if (costs.length === 0) return 'none';
		const sum = (of: keyof Cost): number => costs.reduce((total, one) => total + one[of], 0);
		const skipped = sum('skipped');
		return `${number(sum('again'))}${skipped > 0 ? ` / ${number(skipped)}` : ''}`;
	});
	return [kind, lag, all.length, ...cells, all.filter(({ said }) => said.proof === 'exact').length];
}
