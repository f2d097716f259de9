import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { dnsHosts, ports } from './addresses.ts';
import type { LabDnsOptions } from './dns/options.ts';
import type { LabState } from './estate.ts';
import { estateOf } from './estates/index.ts';
import { route53AccessKeyId } from './kdr-yaml.ts';
import { ownMain } from './own-main.ts';
import { isAlive, startProcess } from './processes.ts';
import { record } from './sides.ts';
import { until } from './waiting.ts';

/**
 * Starts the emulated Route 53 endpoint and the name servers (one process) unless they run, and waits until they are ready.
 * The zone lives in memory: after a restart the name points to east again. True if it was started.
 */
export async function startDnsProcess(state: LabState, signal?: AbortSignal): Promise<boolean> {
	if (isAlive(state.dns.process)) return false;
	const file = join(state.dir, 'dns', 'options.json');
	await writeFile(file, JSON.stringify(await dnsOptions(state), null, '\t'), { mode: 0o600 });
	const started = startProcess(state.dir, state.dns.process.log, process.execPath, [
		ownMain('dns/main'),
		'--options',
		file,
	]);
	await record(state, started, (lab, one) => {
		lab.dns.process = one;
	});
	await until({ what: 'name server and Route 53 endpoint', ms: 20_000, processes: [started], signal }, async () => {
		const answer = await fetch(state.dns.route53Url, { signal: AbortSignal.timeout(2_000) });
		await answer.arrayBuffer();
		return true; // any HTTP answer: without credentials it is a refusal
	});
	return true;
}

async function dnsOptions(state: LabState): Promise<LabDnsOptions> {
	const [first, second] = dnsHosts(state.index);
	return {
		listen: { host: first, port: ports.route53 },
		servers: [
			{ host: first, port: ports.dns },
			{ host: second, port: ports.dns },
		],
		zone: { id: state.dns.zoneId, name: 'kafka.lab.' },
		records: [
			{ name: state.dns.name, type: 'A', ttl: state.dns.ttl, values: state.sides.east.brokers.map(({ host }) => host) },
			...estateOf(state).records,
		],
		credentials: {
			accessKeyId: route53AccessKeyId,
			secretAccessKey: await readFile(join(state.dir, 'secrets', 'route53'), 'utf8'),
		},
		propagationMs: 1_000,
	};
}
