import { type LabSide, LabSideCommand } from '../../cli/lab-command.ts';
import { openLab, thawSide } from '../../lab/lab.ts';

export default class LabThaw extends LabSideCommand {
	static override summary = 'Let the frozen processes of one side continue (SIGCONT).';
	static override examples = ['<%= config.bin %> <%= command.id %> east'];

	protected readonly done = 'Thawed';

	protected reach(lab: string, side: LabSide): string[] {
		return thawSide(openLab(lab), side);
	}
}
