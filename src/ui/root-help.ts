import { paint, type Screen } from './screen.ts';
import { wrapped } from './words.ts';

/** Commands and topics by when one needs them; a topic covers the commands in it that have no line of their own. */
const groups: readonly { title: string; entries: readonly string[] }[] = [
	{ title: 'MOVE CLIENTS', entries: ['switchover', 'failover', 'dns flip', 'run'] },
	{ title: 'LOOK', entries: ['status', 'lag', 'mirror status', 'fence status', 'dns show', 'config show', 'runs'] },
	{ title: 'WHEN A RUN STOPS', entries: ['runs resume', 'runs undo', 'runs abort'] },
	{ title: 'OFFSETS', entries: ['offsets convert', 'offsets undo'] },
	{
		title: 'THE WAY BACK AFTER A FAILOVER',
		entries: ['fence pay', 'salvage', 'failback', 'rebuild', 'mirror reverse', 'fence lift'],
	},
	{ title: 'REHEARSE', entries: ['runbook', 'lab'] },
];

export interface RootHelp {
	description: string;
	/** `kdr/0.1.0 linux-x64 node-v24.21.0` */
	version: string;
	/** One sentence for each command and topic, by what is typed. */
	summaries: ReadonlyMap<string, string>;
}

const consent =
	'A command that changes something shows its plan first, and acts when you type the name of the cluster or give it with --confirm. --dry-run only shows the plan. A → B says what a command finds and what it leaves.';

/** What `kdr --help` shows. */
export function rootHelp({ description, version, summaries }: RootHelp, screen: Screen): string {
	const width = Math.max(...groups.flatMap(({ entries }) => entries.map(({ length }) => length))) + 4;
	const title = (text: string): string => paint(screen, 'bold', text);
	const listed = groups.flatMap((group) => [
		'',
		title(group.title),
		...group.entries.flatMap((entry) => wrapped(`  ${entry}`.padEnd(width), summaries.get(entry) ?? '', screen.width)),
	]);
	return [
		description,
		'',
		...wrapped('', consent, screen.width),
		'',
		title('VERSION'),
		`  ${version}`,
		'',
		title('USAGE'),
		'  $ kdr COMMAND [--help]',
		...listed,
		'',
	].join('\n');
}
