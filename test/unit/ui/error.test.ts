import { expect, test } from 'vitest';
import { KdrError } from '../../../src/domain/errors/kdr-error.ts';
import { renderError } from '../../../src/ui/error.ts';
import { plainScreen } from '../../../src/ui/screen.ts';

const screen = { ...plainScreen, width: 80 };

test('the code is at the right edge, what to type comes last', () => {
	const error = new KdrError('KDR_LINK_UNKNOWN', 'there is no link x in kdr.yaml', {
		hint: 'did you mean --link orders?',
	});
	expect(renderError(error, { screen })).toBe(
		`There is no link x in kdr.yaml.${' '.repeat(80 - 31 - 16)}KDR_LINK_UNKNOWN\n  did you mean --link orders?\n`,
	);
});

test('every problem of a configuration is a line of its own', () => {
	const problems = [
		{ at: 'kdr.yaml:12:5', path: 'links.orders.dns.tll', message: 'unknown key; did you mean ttl?' },
		{ at: 'KDR_CONFG', path: '', message: 'unknown variable' },
	];
	const text = renderError(new KdrError('KDR_CONFIG_INVALID', 'kdr.yaml has 2 problems', { details: { problems } }), {
		screen,
	});
	expect(text).toContain(
		'  kdr.yaml:12:5  links.orders.dns.tll: unknown key; did you mean ttl?\n  KDR_CONFG  unknown variable\n',
	);
});

test('a halt says what changed, what may have, what did not, and the command to resume', () => {
	const cause = new KdrError('KDR_DNS_UNEXPECTED_VALUE', 'the record was changed by someone else', {
		hint: 'kdr dns show',
	});
	const error = new KdrError('KDR_STEP_FAILED', 'halted at dns: the record was changed by someone else', {
		hint: 'kdr dns show; resume: kdr runs resume 7f3a',
		details: {
			step: 'dns',
			code: cause.code,
			changed: ['mirror: stopped', 'offsets: 41 groups'],
			mayHaveChanged: [],
			notChanged: ['dns'],
			goOn: 'kdr runs resume 7f3a',
		},
		cause,
	});
	expect(renderError(error, { screen }).split('\n')).toEqual([
		`Halted at dns: the record was changed by someone else.${' '.repeat(80 - 54 - 15)}KDR_STEP_FAILED`,
		'  changed           mirror: stopped; offsets: 41 groups',
		'  not changed       dns',
		'  kdr dns show',
		'  resume            kdr runs resume 7f3a',
		'',
	]);
});

test('checks that did not pass are printed once, each with its id and what to do', () => {
	const checks = [
		{
			code: 'KDR_TOPIC_MISSING',
			status: 'block' as const,
			what: 'topic tx',
			observed: 'missing on west',
			wanted: 'there',
			hint: 'create it',
		},
	];
	const error = new KdrError('KDR_TOPIC_MISSING', 'topic tx: missing on west', {
		hint: 'create it',
		details: { checks },
	});
	const text = renderError(error, { screen });
	expect(text).toContain(' ✖ topic tx: missing on west, wanted: there  KDR_TOPIC_MISSING\n      create it\n');
	expect(text.match(/create it/g)).toHaveLength(1);
	expect(text.match(/missing on west/g)).toHaveLength(1);
});

test('checks already printed with the plan are not printed again', () => {
	const checks = [
		{ code: 'KDR_TOPIC_MISSING', status: 'block', what: 'topic tx', observed: 'missing on west', hint: 'create it' },
	];
	const error = new KdrError('KDR_TOPIC_MISSING', 'topic tx: missing on west', {
		hint: 'create it',
		details: { checks },
	});
	expect(renderError(error, { screen, checksAbove: true })).not.toMatch(/missing on west|create it/);
	expect(renderError(error, { screen, checksAbove: true })).toMatch(
		/^A topic or partition of the link .*\n? +KDR_TOPIC_MISSING\n {2}Blocked by the failed checks above\.\n$/,
	);
});

test('a hostile name in a message cannot steer the terminal', () => {
	expect(renderError(new KdrError('KDR_GROUP_ACTIVE', 'group \u001b]0;x\u0007 has members'), { screen })).toContain(
		'\\x1b]0;x\\x07',
	);
});

test('a bug says so and where, for whoever reports it', () => {
	const text = renderError(
		new KdrError('KDR_BUG', 'x is not a function', { cause: new TypeError('x is not a function') }),
		{ screen },
	);
	expect(text).toMatch(/This is a fault in kdr\. Please report it with these lines:\n {2}at /);
});
