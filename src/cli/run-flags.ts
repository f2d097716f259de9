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
		summary: 'The cluster to move to again, instead of typing it at the prompt.',
	}),
	'dry-run': Flags.boolean({ summary: 'Show the plan; change nothing.' }),
	input: Flags.boolean({
		allowNo: true,
		default: true,
		summary: 'Ask at the terminal where an answer is needed; --no-input never asks.',
	}),
	report: Flags.string({
		helpValue: 'FILE',
		summary: 'Write the report to this file: JSON if it ends in .json, else Markdown.',
	}),
};

/** For manual steps, and fences that a person sets. */
export const approveFlag = {
	approve: Flags.string({
		multiple: true,
		helpValue: 'STEP',
		summary: 'Say that this manual step is done, where no terminal can ask. Repeatable.',
	}),
};

/** Of commands that move clients. */
export const moveFlags = {
	...changeFlags,
	...approveFlag,
	'if-not-still': Flags.option({
		options: ['keep', 'lift'] as const,
		summary:
			'If a client still writes despite the fence: keep the fence and halt, or lift it and undo the run. Default: fence.ifNotStill in kdr.yaml.',
	})(),
	hold: Flags.boolean({
		summary: 'Stop right before the point of no return and wait for: kdr runs release.',
	}),
	'hold-for': Flags.string({
		helpValue: 'TIME',
		summary: 'Like --hold, and halt if nobody releases the run within this time: 90s, 10m.',
	}),
	override: Flags.string({
		multiple: true,
		helpValue: 'ID=REASON',
		summary: 'Continue despite a finding of the plan, by its id; the reason is recorded. Repeatable.',
	}),
	'accept-unmirrored': Flags.string({
		multiple: true,
		helpValue: 'TOPIC:PARTITION',
		summary: 'Give up the records of a partition that was never mirrored; they are counted as lost. Repeatable.',
	}),
	'max-reread': Flags.string({
		helpValue: 'RECORDS',
		summary:
			'Stop before the point of no return if groups would read more records again than this. Default: what the plan says, and what is written since.',
	}),
	'second-person': Flags.boolean({ summary: 'Wait until another user approves the plan: kdr runs approve.' }),
};

/** Of commands that undo a run. */
export const undoFlags = {
	...estateFlags,
	confirm: Flags.string({
		helpValue: 'NAME',
		summary:
			'The cluster the clients stay on; past the point of no return, the id of the run. Instead of typing it at the prompt.',
	}),
	'dry-run': changeFlags['dry-run'],
	input: changeFlags.input,
	report: changeFlags.report,
	...approveFlag,
	override: Flags.string({
		multiple: true,
		helpValue: 'ID=REASON',
		summary:
			'Undo without a second person, past the point of no return: KDR_SECOND_PERSON=REASON. Or although kdr.yaml has changed: config-changed=REASON. The reason is recorded.',
	}),
	takeover: Flags.string({
		helpValue: 'REASON',
		summary: 'Take over a run another operator holds. REASON is recorded; the other process is stopped.',
	}),
};

/** Of commands that resume a run. */
export const goOnFlags = {
	config: changeFlags.config,
	link: changeFlags.link,
	input: changeFlags.input,
	report: changeFlags.report,
	...approveFlag,
	override: Flags.string({
		multiple: true,
		helpValue: 'ID=REASON',
		summary:
			'Continue despite a finding that the run halted with, by its id, or despite a changed kdr.yaml: config-changed=REASON. The reason is recorded. Repeatable.',
	}),
};

export interface ChangeFlags {
	/** What to type, where it is not the name of the cluster to move to. */
	asks?: { word: string; question: string } | undefined;
	hold?: boolean | undefined;
	'hold-for'?: string | undefined;
	override?: string[] | undefined;
	'accept-unmirrored'?: string[] | undefined;
	'max-reread'?: string | undefined;
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
