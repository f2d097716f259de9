import { readFileSync } from 'node:fs';
import { rootHelp } from '../ui/root-help.ts';
import { screenOf } from '../ui/screen.ts';

interface Package {
	version: string;
	description: string;
	oclif: { topics: Record<string, { description: string }> };
}

interface Manifest {
	commands: Record<string, { summary: string }>;
}

/** The text of `kdr --help`, from what the package says about itself: no command is loaded for it. `root`: of the package. */
export function readRootHelp(root: string): string {
	const { version, description, oclif } = read<Package>(`${root}/package.json`);
	const { commands } = read<Manifest>(`${root}/.oclif.manifest.json`);
	const summaries = new Map([
		...Object.entries(oclif.topics).map(([topic, about]) => [topic, about.description] as const),
		...Object.entries(commands).map(([id, { summary }]) => [id.replaceAll(':', ' '), summary] as const),
	]);
	const about = `kdr/${version} ${process.platform}-${process.arch} node-${process.version}`;
	return rootHelp({ description, version: about, summaries }, screenOf(process.stdout, process.env));
}

const read = <T>(path: string): T => JSON.parse(readFileSync(path, 'utf8')) as T;
