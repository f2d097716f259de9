import { readFileSync } from 'node:fs';
import { Flags } from '@oclif/core';
import { z } from 'zod';
import { KdrError } from '../domain/errors/kdr-error.ts';
import { readCsv } from '../domain/offsets/csv.ts';
import { methods, type OffsetsParams, offsetsParams, policies } from '../domain/offsets/params.ts';
import { readPlan } from '../domain/offsets/plan-file.ts';
import type { Reset } from '../domain/offsets/reset.ts';
import { type ResetFlags, resetOf, topicChoices } from './reset-flags.ts';

/** A flag that names the new offset, as `kafka-consumer-groups --reset-offsets` does. */
const place = 'Instead of --method';

/** The flags of `kdr offsets convert` that say what is set where. */
export const offsetFlags = {
	method: Flags.option({
		options: methods,
		summary:
			'auto: the best that can be proven. exact: only identical records. syncs: MirrorMaker’s raw offset syncs. checkpoint: MirrorMaker’s checkpoints. timestamp: record time. same: copied, if offsets are proven equal on both clusters.',
	})(),
	conservative: Flags.boolean({
		summary: 'With --method syncs: by MirrorMaker’s own rule, which assumes nothing and re-reads more.',
	}),
	'read-all': Flags.boolean({
		summary: 'Read the records around every position, however many there are; takes longer and more memory.',
	}),
	policy: Flags.option({
		options: policies.filter((policy) => policy !== 'none'),
		summary: 'For positions of which nothing is known. Without it they stay as they are and are named.',
	})(),
	'to-datetime': Flags.string({
		helpValue: 'TIME',
		summary: `${place}: the first record at or after this time; without a zone it is UTC.`,
	}),
	'by-duration': Flags.string({ helpValue: 'PnDTnHnMnS', summary: `${place}: the same, this long ago.` }),
	'to-earliest': Flags.boolean({ summary: `${place}: the log start.` }),
	'to-latest': Flags.boolean({ summary: `${place}: the log end.` }),
	'to-current': Flags.boolean({ summary: `${place}: the commit there now; the log end where there is none.` }),
	'to-offset': Flags.string({ helpValue: 'OFFSET', summary: `${place}: this offset.` }),
	'shift-by': Flags.string({
		helpValue: 'N',
		summary: `${place}: N offsets after the commit there; before it: --shift-by=-100.`,
	}),
	'from-file': Flags.string({
		helpValue: 'FILE',
		summary: `${place}: the offsets of a CSV file, kdr’s or kafka-consumer-groups’ own.`,
	}),
	group: Flags.string({ multiple: true, helpValue: 'GROUP', summary: 'Only this group. Repeatable.' }),
	'all-groups': Flags.boolean({ exclusive: ['group'], summary: 'All groups of the link (the default).' }),
	topic: Flags.string({
		multiple: true,
		helpValue: 'TOPIC[:0,1]',
		summary: 'Only this topic, or these partitions of it. Repeatable.',
	}),
	'all-topics': Flags.boolean({ exclusive: ['topic'], summary: 'All topics of the link (the default).' }),
	'allow-rewind': Flags.boolean({ summary: 'Also set offsets that are lower than the commits already there.' }),
	'stop-checkpoints': Flags.boolean({
		summary:
			'First stop MirrorMaker’s checkpoint connector, whose group sync would overwrite the offsets. It stays stopped.',
	}),
};

interface Typed extends ResetFlags {
	method?: OffsetsParams['method'] | undefined;
	conservative?: boolean | undefined;
	policy?: OffsetsParams['policy'] | undefined;
	'read-all'?: boolean | undefined;
	group?: string[] | undefined;
	topic?: string[] | undefined;
	'allow-rewind'?: boolean | undefined;
	'stop-checkpoints'?: boolean | undefined;
	plan?: string | undefined;
	to?: string;
}

/** Parameters of the step, from flags or from a saved plan. `now`: ms since the epoch. @throws KDR_USAGE, KDR_PLAN_INVALID */
export function offsetsRequest(typed: Typed, now: number): OffsetsParams {
	const { plan, to, ...rest } = typed;
	if (plan === undefined) return paramsOf(rest, now);
	const chosen = Object.keys(offsetFlags).find(
		(name) => name !== 'stop-checkpoints' && isGiven(rest[name as keyof typeof rest]),
	);
	if (chosen !== undefined)
		throw new KdrError('KDR_USAGE', `--${chosen} and --plan exclude each other: the plan says what is set`);
	return { ...planParams(plan, to), syncStopped: !typed['stop-checkpoints'] };
}

const isGiven = (value: unknown): boolean => value !== undefined && value !== false;

function paramsOf(typed: Typed, now: number): OffsetsParams {
	const chosen = resetOf(
		{
			'to-datetime': typed['to-datetime'],
			'by-duration': typed['by-duration'],
			'to-earliest': typed['to-earliest'],
			'to-latest': typed['to-latest'],
			'to-current': typed['to-current'],
			'to-offset': typed['to-offset'],
			'shift-by': typed['shift-by'],
			'from-file': typed['from-file'],
		},
		now,
	);
	const reset = typed['from-file'] === undefined ? chosen : rowsOf(typed['from-file'], typed.group);
	// `--method timestamp --to-datetime T` says the same twice.
	if (reset && typed.method !== undefined && !(typed.method === 'timestamp' && reset.to === 'time'))
		throw new KdrError('KDR_USAGE', `--method ${typed.method} and an explicit offset exclude each other`, {
			hint: 'give one of them',
		});
	return {
		method: typed.method ?? 'auto',
		conservative: typed.conservative ?? false,
		policy: typed.policy ?? 'none',
		readAll: typed['read-all'] ?? false,
		allowRewind: typed['allow-rewind'] ?? false,
		syncStopped: !typed['stop-checkpoints'],
		...(reset && { reset }),
		...(typed.group && { groups: typed.group }),
		...(typed.topic && { topics: topicChoices(typed.topic) }),
	};
}

function rowsOf(file: string, groups: readonly string[] | undefined): Reset {
	const rows = readCsv(readText(file, 'the CSV file'), groups?.length === 1 ? groups[0] : undefined);
	return { to: 'rows', rows: rows.map(({ group, topic, partition, offset }) => [group, topic, partition, offset]) };
}

/** The step's parameters from a saved plan, with its facts: they must still hold. */
function planParams(file: string, to: string | undefined): OffsetsParams {
	const plan = readPlan(readText(file, 'the plan file'));
	if (plan.to !== to)
		throw new KdrError('KDR_PLAN_INVALID', `the plan is for ${plan.to}, not for ${to}`, { hint: `--to ${plan.to}` });
	const params = z.safeDecode(offsetsParams, plan.params as never);
	if (!params.success)
		throw new KdrError('KDR_PLAN_INVALID', `the plan file: ${params.error.issues[0]?.message ?? 'not understood'}`);
	return { ...params.data, planned: plan.facts };
}

function readText(file: string, what: string): string {
	try {
		return readFileSync(file, 'utf8');
	} catch (cause) {
		throw new KdrError('KDR_USAGE', `${what} ${file} cannot be read`, { cause });
	}
}

/** Parameters as journal and plan keep them. */
export const wireParams = (params: OffsetsParams): Record<string, unknown> =>
	z.encode(offsetsParams, params) as Record<string, unknown>;
