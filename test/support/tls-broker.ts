import { execFile } from 'node:child_process';
import { readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import type { LabAlias, LabState } from '../../src/lab/estate.ts';
import { jvm, mains } from '../../src/lab/kafka-config.ts';
import { killSide } from '../../src/lab/lab.ts';
import { javaCommand } from '../../src/lab/preflight.ts';
import { startProcess } from '../../src/lab/processes.ts';
import { record } from '../../src/lab/sides.ts';

const port = 9095;
const run = promisify(execFile);

/** The only broker of a side, started again on its data with one more listener: TLS under a certificate of its own, then SASL. */
export async function startWithTls(state: LabState, alias: LabAlias): Promise<{ bootstrap: string; ca: string }> {
	const [broker] = state.sides[alias].brokers;
	if (!broker) throw new Error(`${alias} has no broker`);
	const folder = join(state.dir, alias, `broker-${broker.id}`);
	const [, ca] = await Promise.all([killSide(state, alias), makeCertificate(folder, broker.host)]);
	const file = join(folder, 'tls.properties');
	await writeFile(file, withListener(await readFile(join(folder, 'server.properties'), 'utf8'), folder, broker.host), {
		mode: 0o600,
	});
	const args = jvm({
		jars: state.jars,
		log4j: join(state.dir, 'log4j2.yaml'),
		heapMb: 512,
		main: mains.broker,
		args: [file],
	});
	await record(
		state,
		startProcess(state.dir, join(state.dir, 'logs', `${alias}-tls.log`), javaCommand(), args),
		(lab, started) => {
			for (const one of lab.sides[alias].brokers) if (one.id === broker.id) one.process = started;
		},
	);
	return { bootstrap: `${broker.host}:${port}`, ca };
}

const password = 'only-in-a-test';

/** PEM of a certificate for `host` whose key lies in `folder`. */
async function makeCertificate(folder: string, host: string): Promise<string> {
	const keytool = join(dirname(javaCommand()), 'keytool');
	const store = [
		'-keystore',
		join(folder, 'tls.p12'),
		'-storetype',
		'PKCS12',
		'-storepass',
		password,
		'-alias',
		'broker',
	];
	const options = { timeout: 60_000 };
	await run(
		keytool,
		['-genkeypair', ...store, '-keyalg', 'EC', '-dname', 'CN=broker', '-ext', `san=ip:${host},dns:kafka.lab`],
		options,
	);
	return (await run(keytool, ['-exportcert', '-rfc', ...store], options)).stdout;
}

function withListener(server: string, folder: string, host: string): string {
	const scram = /^listener\.name\.client\.scram-sha-256\.sasl\.jaas\.config=(.*)$/m.exec(server)?.[1] ?? '';
	const more = server
		.replace(/^(listeners=.*)$/m, `$1,TLS://${host}:${port}`)
		.replace(/^(advertised\.listeners=.*)$/m, `$1,TLS://${host}:${port}`)
		.replace(/^(listener\.security\.protocol\.map=.*)$/m, '$1,TLS:SASL_SSL');
	return `${more}listener.name.tls.sasl.enabled.mechanisms=SCRAM-SHA-256
listener.name.tls.scram-sha-256.sasl.jaas.config=${scram}
ssl.keystore.type=PKCS12
ssl.keystore.location=${join(folder, 'tls.p12')}
ssl.keystore.password=${password}
`;
}
