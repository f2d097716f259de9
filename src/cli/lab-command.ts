import { Args, Flags } from '@oclif/core';
import { BaseCommand } from './base-command.ts';

export const defaultLabName = 'lab';

/** Flag of every command about one lab. */
export const labFlags = { name: Flags.string({ default: defaultLabName, helpValue: 'NAME', summary: 'Which lab.' }) };

export type LabSide = 'east' | 'west';

/** A command that does something to the brokers and the Connect worker of one side of a lab. */
export abstract class LabSideCommand extends BaseCommand {
	static override args = {
		side: Args.string({
			required: true,
			options: ['east', 'west'],
			description: 'The cluster whose brokers and Connect worker are meant.',
		}),
	};
	static override flags = labFlags;

	/** What was done to them, as in `Killed: east-broker-1`. */
	protected abstract readonly done: string;

	/** Gives the names of the processes reached. */
	protected abstract reach(lab: string, side: LabSide): string[] | Promise<string[]>;

	async run(): Promise<{ name: string; side: LabSide; processes: string[] }> {
		const { args, flags } = await this.parse(LabSideCommand);
		const side = args.side === 'east' ? 'east' : 'west';
		const processes = await this.reach(flags.name, side);
		this.show(`${this.done}: ${processes.join(', ')}`);
		return { name: flags.name, side, processes };
	}
}
