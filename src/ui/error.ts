import type { Check } from '../domain/check.ts';
import { stops } from '../domain/check.ts';
import type { ErrorCode } from '../domain/errors/codes.ts';
import { errorTable } from '../domain/errors/codes.ts';
import { KdrError } from '../domain/errors/kdr-error.ts';
import { renderChecks } from './checks.ts';
import { allows, hintOf } from './hints.ts';
import type { Screen } from './screen.ts';
import { drawable, paint, screenOf } from './screen.ts';
import { edges } from './table.ts';
import { visible, visibleLines } from './visible.ts';
import { linesOf } from './words.ts';

/** Facts of an error that have their own lines; what the engine and the configuration put in `details`. */
interface ShownDetails {
	problems?: { at: string; path: string; message: string }[];
	checks?: Check[];
	items?: { step?: string; item: string; code: string; message: string }[];
	changed?: string[];
	mayHaveChanged?: string[];
	notChanged?: string[];
	step?: string;
	/** Of a halted run: the code of what halted it. */
	code?: string;
	/** Commands: forward, back, and past a run that cannot continue. */
	goOn?: string;
	goBack?: string;
	supersede?: string;
}

interface Shown {
	screen?: Screen;
	/** The plan with its checks was shown right before. */
	checksAbove?: boolean;
}

/**
 * What happened and its code, where, what changed and what did not, and, last, what to type. For stderr unless another screen is given.
 */
export function renderError(
	error: KdrError,
	{ screen = screenOf(process.stderr, process.env), checksAbove = false }: Shown = {},
): string {
	const details = error.details as ShownDetails;
	const safe = (text: string): string => drawable(screen, visibleLines(text));
	const checks = withoutOthersOnSameSide(rows(details.checks).filter(stops));
	const [first = '', ...more] = safe(sentence(checks.length > 0 ? situation(error, details) : error.message)).split(
		'\n',
	);
	const indented = (text: string): string[] => linesOf(screen, '  ', text);
	const lines = [...headline(first, error.code, screen), ...more.flatMap(indented)];
	for (const { at, path, message } of rows(details.problems).filter(isPlaced))
		lines.push(...linesOf(screen, `  ${safe(at)}  `, `${path === '' ? '' : `${safe(path)}: `}${safe(message)}`));
	for (const { item, code, message } of rows(details.items))
		lines.push(...indented(`${visible(safe(item))}: ${safe(message)}${allows(code)}  ${code}`));
	// A plan that goes nowhere is not shown, so its check is.
	if (checksAbove && checks.length > 0 && error.code !== 'KDR_SAME_SIDE')
		lines.push('  Blocked by the failed checks above.');
	else lines.push(...renderChecks(checks, screen));
	lines.push(...extent(details, safe, screen));
	lines.push(...bug(error, safe));
	lines.push(...onwards(error, details, safe, screen));
	return `${lines.join('\n')}\n`;
}

/** A move to where the clients are goes nowhere: what else is wrong with it helps nobody. */
const withoutOthersOnSameSide = (checks: readonly Check[]): readonly Check[] => {
	const same = checks.filter(({ code }) => code === 'KDR_SAME_SIDE');
	return same.length > 0 ? same : checks;
};

type Safe = (text: string) => string;

/** The sentence, with the code at the right edge of its last line, or below it where there is no room. */
function headline(text: string, code: string, screen: Screen): string[] {
	const lines = linesOf(screen, '', text);
	const last = lines.pop() ?? '';
	return [...lines.map((line) => paint(screen, 'red', line)), edges(screen, paint(screen, 'red', last), code)];
}

function extent({ changed, mayHaveChanged, notChanged }: ShownDetails, safe: Safe, screen: Screen): string[] {
	if (changed === undefined && notChanged === undefined) return [];
	const list = (names: string[] | undefined): string =>
		names === undefined || names.length === 0 ? 'nothing' : names.map(safe).join('; ');
	const line = (head: string, names: string[] | undefined) => linesOf(screen, head, list(names));
	const unsure = rows(mayHaveChanged).length > 0 ? line('  may have changed  ', mayHaveChanged) : [];
	return [...line('  changed           ', changed), ...unsure, ...line('  not changed       ', notChanged)];
}

function onwards(
	error: KdrError,
	{ goOn, goBack, supersede, checks }: ShownDetails,
	safe: Safe,
	screen: Screen,
): string[] {
	// A halted run's hint repeats the command; the step's own hint says what to put right first.
	const hint = goOn !== undefined && error.cause instanceof KdrError ? hintOf(error.cause) : hintOf(error);
	const known = hint === goOn || rows(checks).some((check) => check.hint === hint);
	const lines = hint === undefined || known ? [] : linesOf(screen, '  ', safe(hint));
	const commands = [goOn, goBack, supersede].filter((command) => command !== undefined);
	return [...lines, ...commands.map((command) => `  ${verbOf(command).padEnd(18)}${safe(command)}`)];
}

/** `kdr runs resume 7f3a` resumes. */
const verbOf = (command: string): string =>
	command.includes(' --supersede ') ? 'supersede' : (/^kdr runs ([a-z]+)/.exec(command)?.[1] ?? 'next');

/** Where in kdr, for whoever reports it. */
function bug(error: KdrError, safe: Safe): string[] {
	if (error.code !== 'KDR_BUG' || !(error.cause instanceof Error)) return [];
	const frames = (error.cause.stack ?? '').split('\n').filter((line) => /^\s+at /.test(line));
	return [
		'  This is a fault in kdr. Please report it with these lines:',
		...frames.slice(0, 6).map((line) => `  ${safe(line.trim())}`),
	];
}

/** The message of failed checks repeats them: above their own lines comes what kind of situation it is. */
function situation(error: KdrError, { step, code }: ShownDetails): string {
	const known =
		code !== undefined && Object.hasOwn(errorTable, code) ? errorTable[code as ErrorCode] : errorTable[error.code];
	return step === undefined ? known.situation : `Halted at ${step}: ${known.situation}`;
}

/** A runbook's problems are lines of its message already. */
const isPlaced = (problem: unknown): boolean => typeof problem === 'object';

const rows = <T>(value: readonly T[] | undefined): readonly T[] => (Array.isArray(value) ? value : []);

/** First words that get a capital: never the name of something, which keeps its letters. */
const plainWord = /^(there|halted|no|not|nothing|run|the|what) /;

/** Ends with a full stop unless it ends with punctuation. */
function sentence(message: string): string {
	const text = message.trim();
	const capital = plainWord.test(text) ? text.charAt(0).toUpperCase() + text.slice(1) : text;
	return /[.!?:)]$/.test(capital) ? capital : `${capital}.`;
}
