import { Flags } from '@oclif/core';
import { BaseCommand } from '../../cli/base-command.ts';
import { defaultLabName } from '../../cli/lab-command.ts';
import { activeSide } from '../../lab/active-side.ts';
import { type EstateName, estateNames, robotKinds } from '../../lab/estate.ts';
import { type LabStatusRow, labStatus, labUp } from '../../lab/lab.ts';
import { nextCommands, statusText } from '../../lab/status-text.ts';

interface Up {
	name: string;
	estate: EstateName;
	dir: string;
	config: string;
	created: boolean;
	started: string[];
	frozen: string[];
	tookMs: number;
	processes: LabStatusRow[];
}

export default class LabUp extends BaseCommand {
	static override summary =
		'Nothing → two mirrored Kafka clusters and a name server on this machine; dead processes of a lab → started again.';
	static override description =
		'Needs Java 17 and, the first time, Maven, which fetches Kafka (about 55 MB). Listens on loopback addresses only. In a lab that is up it restarts what was killed, with its data and on the same addresses.';
	static override examples = [
		'<%= config.bin %> lab up',
		'<%= config.bin %> lab up --name second --brokers 3',
		'<%= config.bin %> lab up --name eos --estate eos',
	];
	static override flags = {
		name: Flags.string({
			default: defaultLabName,
			helpValue: 'NAME',
			summary: 'Name of the lab; labs of different names run at once.',
		}),
		estate: Flags.option({
			options: estateNames,
			summary: 'How the lab is built (default home); "kdr lab estates" says what is odd in each.',
		})(),
		robot: Flags.option({
			options: robotKinds,
			multiple: true,
			summary: 'Start a robot that puts back every 2 s what it finds now; it ends with the lab.',
		})(),
		brokers: Flags.option({
			options: ['1', '3'] as const,
			summary: 'Brokers per cluster (default: as the estate has them, 1 in home).',
		})(),
	};

	async run(): Promise<Up> {
		const { flags } = await this.parse(LabUp);
		const begin = performance.now();
		const brokers = flags.brokers === undefined ? undefined : flags.brokers === '3' ? 3 : 1;
		const onProgress = (text: string) =>
			this.note(`${((performance.now() - begin) / 1000).toFixed(1).padStart(5)} s  ${text}`);
		const { state, created, started, frozen, tookMs } = await labUp(
			{ name: flags.name, estate: flags.estate, robots: flags.robot, brokers, signal: this.signal },
			onProgress,
		);
		if (frozen.length > 0) this.warning(`Still frozen: ${frozen.join(', ')} (kdr lab thaw east|west)`);
		const done = created
			? `Up after ${(tookMs / 1000).toFixed(1)} s.`
			: started.length > 0
				? `Started again: ${started.join(', ')}.`
				: 'Already up.';
		// A name server that is frozen says nothing; a new lab begins on east.
		const active = await activeSide(state, 'kdr lab status').catch(() => 'east' as const);
		this.show(`${statusText(state)}\n\n${done} ${nextCommands(state, active)}`);
		const { name, estate, dir } = state;
		return {
			name,
			estate,
			dir,
			config: `${dir}/kdr.yaml`,
			created,
			started,
			frozen,
			tookMs,
			processes: labStatus(state),
		};
	}
}
