import { readFile } from 'node:fs/promises';
import { parseArgs } from 'node:util';
import { asKdrError, KdrError } from '../../domain/errors/kdr-error.ts';
import { banner, type RunningDns, startDns } from './index.ts';

/**
 * The lab's DNS as a process of its own: `main.ts --options <file>` (JSON, LabDnsOptions). Prints one line of JSON when it is up
 * (`ready` true) or cannot come up (`ready` false; exit 1); ends on SIGTERM or SIGINT.
 */
async function main(): Promise<void> {
	const { values } = parseArgs({ options: { options: { type: 'string' } } });
	if (values.options === undefined) throw new KdrError('KDR_USAGE', 'usage: main --options <file>');
	const dns = await startDns(JSON.parse(await readFile(values.options, 'utf8')));
	process.once('SIGTERM', () => stop(dns));
	process.once('SIGINT', () => stop(dns));
	say({ ready: true, what: banner, route53Url: dns.route53Url, servers: dns.servers, pid: process.pid });
}

const say = (line: object): void => {
	process.stdout.write(`${JSON.stringify(line)}\n`);
};

async function stop(dns: RunningDns): Promise<void> {
	await dns.close();
	process.exitCode = 0;
}

await main().catch((error) => {
	const { code, message, hint } = asKdrError(error);
	say({ ready: false, error: { code, message, hint } });
	process.exitCode = 1;
});
