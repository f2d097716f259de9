import { type LabSide, LabSideCommand } from '../../cli/lab-command.ts';
import { freezeSide, openLab } from '../../lab/lab.ts';

export default class LabFreeze extends LabSideCommand {
	static override summary =
		'Freeze the brokers and the Connect worker of one side (SIGSTOP): they accept connections and never answer.';
	static override examples = ['<%= config.bin %> <%= command.id %> east'];

	protected readonly done = 'Frozen';

	protected reach(lab: string, side: LabSide): string[] {
		return freezeSide(openLab(lab), side);
	}
}
