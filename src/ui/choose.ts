import { humanListener } from './human.ts';
import type { RunListener } from './listener.ts';
import { processOutside, silentListener } from './listener.ts';
import { plainListener } from './plain.ts';
import type { Env } from './screen.ts';
import { screenOf } from './screen.ts';

/** Who watches a run: nobody with `--json`, a person at a capable terminal, else a log. */
export async function runListener(options: { json: boolean; env: Env }): Promise<RunListener> {
	if (options.json) return silentListener;
	const screen = screenOf(process.stderr, options.env);
	return screen.live ? await humanListener(screen, processOutside) : plainListener(screen, processOutside);
}
