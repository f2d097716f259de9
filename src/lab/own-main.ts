import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/**
 * File of a program of ours that runs as its own process, e.g. `dns/main`: `src/lab/dns/main.ts` when we run from source,
 * `dist/lab/dns/main.js` from the built package, wherever in dist this very code has been bundled to.
 */
export function ownMain(name: string): string {
	const here = fileURLToPath(import.meta.url);
	const root = packageRoot(dirname(here));
	return here.endsWith('.ts') ? join(root, 'src', 'lab', `${name}.ts`) : join(root, 'dist', 'lab', `${name}.js`);
}

function packageRoot(folder: string): string {
	return existsSync(join(folder, 'package.json')) ? folder : packageRoot(dirname(folder));
}
