#!/usr/bin/env node
// Each import here is paid for by every command: the built-in modules an old Node needs are loaded there only.
import module from 'node:module';

const floor = [22, 22];
const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);

if (major < floor[0] || (major === floor[0] && minor < floor[1])) await handOver();

module.enableCompileCache?.();
const { main } = await import('../dist/cli/main.js');
await main(import.meta.dirname.slice(0, -'/bin'.length));

/** An old Node hands over to the one the project brought along, if npm installed it. Does not return. */
async function handOver() {
	const { spawn } = await import('node:child_process');
	const { existsSync } = await import('node:fs');
	const { fileURLToPath } = await import('node:url');
	const own = fileURLToPath(new URL('../node_modules/node/bin/node', import.meta.url));
	if (!existsSync(own)) {
		process.stderr.write(
			`kdr needs Node ${floor.join('.')} or newer; this is ${process.versions.node}. Get it from https://nodejs.org or run "npm ci" in kdr's folder.\n`,
		);
		process.exit(2);
	}
	const child = spawn(own, [fileURLToPath(import.meta.url), ...process.argv.slice(2)], { stdio: 'inherit' });
	// A supervisor ends this process, and means the one that works.
	process.on('SIGTERM', () => child.kill('SIGTERM'));
	// A terminal sends these to both: only the child decides when it ends.
	for (const name of ['SIGINT', 'SIGHUP']) process.on(name, () => {});
	const [status, signal] = await new Promise((resolve, reject) => {
		child.on('error', reject);
		child.on('exit', (...end) => resolve(end));
	});
	if (signal) {
		process.removeAllListeners(signal);
		process.kill(process.pid, signal);
	}
	process.exit(status ?? 1);
}
