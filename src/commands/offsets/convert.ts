import { Flags } from '@oclif/core';
import { changeFlags, RunCommand, type RunResult } from '../../cli/run-command.ts';
import { bothZones, parseDatetime } from '../../domain/offsets/datetime.ts';
import type { OffsetsView } from '../../domain/offsets/view.ts';
import { offsetsCommit, offsetsView } from '../../steps/offsets-commit.ts';
import { renderOffsets } from '../../ui/offsets.ts';
import { screenOf } from '../../ui/screen.ts';

export default class OffsetsConvert extends RunCommand {
	static override summary = 'Where every group goes on, on the other cluster: PRIOR, NEW and how it is known.';
	static override description =
		'Shows; with --confirm it also commits and reads back. A group with running members on the target is refused by name and untouched. A commit there that is newer is not taken back without --allow-rewind.';
	static override examples = [
		'<%= config.bin %> <%= command.id %> --to west',
		'<%= config.bin %> <%= command.id %> --to west --method checkpoint --group billing --confirm west',
		'<%= config.bin %> <%= command.id %> --to west --method timestamp --to-datetime 2026-11-21T03:12:00.000',
	];
	static override flags = {
		...changeFlags,
		method: Flags.option({
			options: ['auto', 'checkpoint', 'timestamp'] as const,
			default: 'auto' as const,
			summary: 'The best that can be proven, MirrorMaker’s checkpoints, or record timestamps.',
		})(),
		'to-datetime': Flags.string({ helpValue: 'TIME', summary: 'With --method timestamp: this time for all; without a zone it is UTC.' }),
		group: Flags.string({ multiple: true, helpValue: 'GROUP', summary: 'Only this group; may be given again.' }),
		'allow-rewind': Flags.boolean({ summary: 'Set offsets below the commits that are there already.' }),
		wide: Flags.boolean({ summary: 'Show every row.' }),
	};

	async run(): Promise<OffsetsView | RunResult> {
		const { flags } = await this.parse(OffsetsConvert);
		const at = flags['to-datetime'] === undefined ? undefined : parseDatetime(flags['to-datetime']);
		if (at !== undefined) this.note(`Going to ${bothZones(at)}.`);
		const params = {
			method: at === undefined ? flags.method : ('timestamp' as const),
			allowRewind: flags['allow-rewind'],
			...(at !== undefined && { toDatetime: at }),
			...(flags.group && { groups: flags.group }),
		};
		if (flags.confirm !== undefined)
			return this.change(flags, { mode: 'change', steps: [{ id: 'offsets', kind: offsetsCommit.kind, params }] });
		const view = await this.look(flags, async (io, cx) => offsetsView(await offsetsCommit.observe(params, io, cx), params, cx));
		const applyWith = `kdr ${['offsets convert', ...this.argv, `--confirm ${flags.to}`].join(' ')}`;
		this.show(renderOffsets({ ...view, applyWith }, screenOf(process.stdout, process.env), flags.wide ? Number.POSITIVE_INFINITY : 20));
		return { ...view, applyWith };
	}
}
