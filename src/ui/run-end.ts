import type { Report } from '../domain/report/report.ts';
import { payCommand } from './fence.ts';
import type { Mark, Screen } from './screen.ts';
import { drawable, mark, paint } from './screen.ts';
import { visible } from './visible.ts';
import { count, duration, durationBound, number, wrapped } from './words.ts';

/** The run's target, for comparison; ms. */
export interface Objectives {
	rpo: number;
	rto: number;
}

const results: Record<Report['result'], { word: string; kind: Mark }> = {
	done: { word: 'Done.', kind: 'done' },
	incomplete: { word: 'Incomplete: some items failed.', kind: 'warning' },
	halted: { word: 'Halted.', kind: 'failed' },
	interrupted: { word: 'Interrupted.', kind: 'warning' },
	refused: { word: 'Refused. Nothing was changed.', kind: 'failed' },
	open: { word: 'Still open.', kind: 'warning' },
};

/** The end of a run: how it went, how long the outage was, what may be lost, what is read again, what comes next. */
export function renderRunEnd(report: Report, screen: Screen, objectives?: Objectives): string {
	const safe = (text: string): string => drawable(screen, visible(text));
	const { word, kind } = results[report.result];
	const stopped = report.result !== 'done' && report.result !== 'incomplete';
	const known = stopped ? '' : `  ${safe(numbers(report, objectives))}`;
	const lines = [`${mark(screen, kind)} ${paint(screen, 'bold', word)}${known}`.trimEnd(), ''];
	const fact = (name: string, text: string): void =>
		void lines.push(...wrapped(`  ${name.padEnd(11)} `, safe(text), screen.width));
	if (stopped) for (const line of describeFenced(report)) fact('fenced', line);
	if (report.phases.length > 0 && !stopped)
		fact('time', report.phases.map(({ name, ms }) => `${name} ${duration(ms)}`).join(' · '));
	if (report.move.mode !== 'change') {
		if (!stopped || report.rto.kind !== 'unknown') fact('outage', outage(report));
		if (!stopped || report.loss.kind !== 'unknown') fact('lost', lost(report));
	}
	if ((report.move.mode !== 'change' && !stopped) || report.reread.kind === 'at-most')
		fact('read again', reread(report));
	for (const { step, item, message } of report.failures)
		lines.push(`  ${mark(screen, 'failed')} ${safe(`${step}: ${item}: ${message}`)}`);
	if (report.unreadable !== null) fact('unreadable', report.unreadable);
	for (const text of notChecked(report)) fact('not checked', text);
	const back = report.result === 'done' ? wayBack(report) : [];
	back.forEach((text, at) => {
		fact(at === 0 ? 'way back' : '', `${at + 1}. ${text}`);
	});
	// An error comes below, with what to type.
	const next = stopped ? [`kdr runs show ${report.run}`] : [report.goOn, `kdr runs show ${report.run}`];
	fact(stopped ? 'report' : 'next', next.filter((text) => text !== null).join(' · '));
	return `${lines.join('\n')}\n`;
}

/** What clients are kept from while the run is stopped. */
function describeFenced({ fenced, move }: Report): string[] {
	if (fenced.length === 0) return move.mode === 'change' ? [] : ['no client is fenced or evicted by this run'];
	return fenced.map(({ since, what }) => `since ${since.replace(/\.\d+Z$/, 'Z')}: ${what}`);
}

/** What is particular to this run; what holds for every one is counted, and in the report. */
function notChecked({ notChecked, run }: Report): string[] {
	const own = notChecked.filter(({ general }) => !general);
	const general = notChecked.length - own.length;
	return [
		...own.map(({ step, text }) => (step === undefined ? text : `${step}: ${text}`)),
		...(general > 0 ? [`${count(general, 'limit')} that every run like this has: kdr runs show ${run}`] : []),
	];
}

/** How clients get back to the cluster that a failover left. */
function wayBack({ move, fenced }: Report): string[] {
	if (move.mode !== 'failover') return [];
	return [
		...(fenced.length > 0 ? [] : [`start ${move.from}; kdr fences it as soon as it answers: ${payCommand(move.from)}`]),
		'find the tail, the records that only it holds: kdr salvage plan',
		`move the clients back: kdr failback --to ${move.from}`,
	];
}

/** What a process that quits at once leaves; `report`: absent where this process did not see the run begin. */
export function renderQuit(run: string, report: Report | undefined, screen: Screen): string {
	const under = report?.steps.find(({ status }) => status === 'intent' || status === 'started')?.id;
	const fenced = report === undefined ? ['unknown here: kdr status'] : describeFenced(report);
	const lines = [
		`Quit. Run ${run} stays open${under === undefined ? '' : `; step ${under} may be done or not`}.`,
		...fenced.map((text) => `  fenced            ${text}`),
		'  state             kdr status',
		`  resume            kdr runs resume ${run}`,
		`  undo              kdr runs undo ${run}`,
	];
	return `\n${lines.map((line) => drawable(screen, visible(line))).join('\n')}\n`;
}

/** `RTO to the flip at most 38.6 s of 5 m.  RPO at most 4.8 s of 30 s.` */
function numbers({ move, rto, loss }: Report, objectives: Objectives | undefined): string {
	if (move.mode === 'change') return '';
	const of = (target: number | undefined): string => (target === undefined ? '' : ` of ${duration(target)}`);
	const out =
		rto.kind === 'unknown' ? 'RTO unknown.' : `RTO to the flip at most ${durationBound(rto.ms)}${of(objectives?.rto)}.`;
	return `${out}  ${rpo(loss, of(objectives?.rpo))}`;
}

function rpo(loss: Report['loss'], of: string): string {
	if (loss.kind === 'unknown' || (loss.ms === null && loss.records !== '0')) return 'RPO unknown.';
	return loss.records === '0' ? `RPO 0${of}.` : `RPO at most ${durationBound(loss.ms ?? 0)}${of}.`;
}

function outage({ move, rto }: Report): string {
	if (rto.kind === 'unknown') return `unknown (${rto.reason})`;
	const before = move.mode === 'failover' ? `how long ${move.from} was dead before, ` : '';
	return `at most ${durationBound(rto.ms)}, ${rto.from} to ${rto.to}; ${before}the TTL and the return of clients come on top`;
}

function lost({ loss }: Report): string {
	if (loss.kind === 'unknown') return `unknown (${loss.reason})`;
	const amounts = [
		loss.records === null ? 'an unknown number of records' : `at most ${number(BigInt(loss.records))} records`,
		loss.ms === null || (loss.ms === 0 && loss.records !== null)
			? undefined
			: loss.records === null
				? `at most ${durationBound(loss.ms)} of writes`
				: `written in the last ${durationBound(loss.ms)}`,
	].filter((text) => text !== undefined);
	return `${amounts.join(', ')}${loss.worst === null ? '' : `, worst ${loss.worst}`} (${loss.evidence})`;
}

function reread({ reread }: Report): string {
	if (reread.kind === 'unknown') return `unknown (${reread.reason})`;
	const [worst] = reread.worst;
	const most =
		worst && worst.records !== '0'
			? `, worst ${worst.group}: ${worst.records === null ? 'unknown' : number(BigInt(worst.records))}`
			: '';
	return `at most ${number(BigInt(reread.records))} records in ${number(reread.groups)} groups${most} (${reread.evidence})`;
}
