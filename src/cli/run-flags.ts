import { Flags } from '@oclif/core';
import { parseDuration } from '../domain/config/duration.ts';
import { KdrError } from '../domain/errors/kdr-error.ts';
import type { Hold } from '../domain/run/events.ts';
import { estateFlags } from './base-command.ts';

/** Flags of every command that changes something. */
export const changeFlags = {
	...estateFlags,
	to: Flags.string({ required: true, helpValue: 'CLUSTER', summary: 'The cluster to move to.' }),
	confirm: Flags.string({
		helpValue: 'CLUSTER',
		summary: 'The name of the cluster to move to, instead of typing it at the prompt.',
	}),
	'dry-run': Flags.boolean({ summary: 'Show the plan; change nothing.' }),
	input: Flags.boolean({
		allowNo: true,
		default: true,
		summary: 'Whether to ask on the terminal; --no-input never does.',
	}),
	report: Flags.string({
		helpValue: 'FILE',
		summary: 'Write the report there: .json, or Markdown for any other name.',
	}),
};

/** For manual steps, and fences that a person puts up. */
export const approveFlag = {
	approve: Flags.string({
		multiple: true,
		helpValue: 'STEP',
		summary: 'A manual step that is approved, where no terminal can ask.',
	}),
};

/** Of commands that move clients. */
export const moveFlags = {
	...changeFlags,
	...approveFlag,
	'if-not-still': Flags.option({
		options: ['keep', 'lift'] as const,
		summary:
			'When somebody writes in spite of the fence: keep it and halt, or take the run back; default: fence.ifNotStill of kdr.yaml.',
	})(),
	hold: Flags.boolean({
		summary: 'Do all that can be taken back, then wait right before the point of no return: kdr runs release.',
	}),
	'hold-for': Flags.string({
		helpValue: 'TIME',
		summary: 'The same, but halt there when nobody has released it after so long: 90s, 10m.',
	}),
	override: Flags.string({
		multiple: true,
		helpValue: 'ID=REASON',
		summary: 'Go on in spite of a finding of the plan, by its id, and why; recorded. May be given again.',
	}),
	'second-person': Flags.boolean({ summary: 'Wait until another user has approved the plan: kdr runs approve.' }),
};

/** Of commands that take a run back. */
export const undoFlags = {
	...estateFlags,
	confirm: Flags.string({
		helpValue: 'NAME',
		summary:
			'The cluster the clients are left on; past the point of no return the id of the run. Instead of typing it.',
	}),
	'dry-run': changeFlags['dry-run'],
	input: changeFlags.input,
	report: changeFlags.report,
	...approveFlag,
	override: Flags.string({
		multiple: true,
		helpValue: 'ID=REASON',
		summary: 'Past the point of no return without a second person, and why: KDR_SECOND_PERSON=REASON; recorded.',
	}),
	takeover: Flags.string({
		helpValue: 'REASON',
		summary: 'Although somebody still works on the run, and why; they are fenced.',
	}),
};

/** Of commands that go on with a run. */
export const goOnFlags = {
	config: changeFlags.config,
	link: changeFlags.link,
	input: changeFlags.input,
	report: changeFlags.report,
	...approveFlag,
};

export interface ChangeFlags {
	/** What is to be typed, where it is not the name of the cluster to move to. */
	asks?: { word: string; question: string } | undefined;
	hold?: boolean | undefined;
	'hold-for'?: string | undefined;
	override?: string[] | undefined;
	'second-person'?: boolean | undefined;
	'if-not-still'?: 'keep' | 'lift' | undefined;
	approve?: string[] | undefined;
	config?: string | undefined;
	link?: string | undefined;
	to: string;
	confirm?: string | undefined;
	'dry-run': boolean;
	input: boolean;
	report?: string | undefined;
}

export type UndoFlags = Omit<ChangeFlags, 'to' | 'asks'> & { takeover?: string | undefined };

export type GoOnFlags = Omit<ChangeFlags, 'to' | 'confirm' | 'dry-run'>;

/** @throws KDR_USAGE */
export function holdOf(flags: ChangeFlags): Hold | undefined {
	const text = flags['hold-for'];
	if (text === undefined) return flags.hold ? {} : undefined;
	const forMs = parseDuration(text);
	if (forMs === undefined)
		throw new KdrError('KDR_USAGE', `--hold-for takes a time, not "${text}"`, { hint: 'e.g. --hold-for 10m' });
	return { forMs };
}
