import { type LabSide, LabSideCommand } from '../../cli/lab-command.ts';
import { killSide, openLab } from '../../lab/lab.ts';

export default class LabKill extends LabSideCommand {
	static override summary =
		'Kill the brokers and the Connect worker of one side (SIGKILL), as if the region were gone.';
	static override examples = ['<%= config.bin %> <%= command.id %> east'];

	protected readonly done = 'Killed';

	protected reach(lab: string, side: LabSide): Promise<string[]> {
		return killSide(openLab(lab), side);
	}
}
