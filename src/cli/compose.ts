import { existsSync, readdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { ConnectMirror } from '../adapters/connect-rest/mirror.ts';
import { detachedJournal } from '../adapters/detached-journal/journal.ts';
import { dnsAnswers } from '../adapters/dns-query/dns-answers.ts';
import { createKafkaSide } from '../adapters/kafka-side/side.ts';
import { createCanary } from '../adapters/platformatic/canary.ts';
import { route53Zone } from '../adapters/route53/route53-zone.ts';
import { systemClock } from '../adapters/system/clock.ts';
import { systemPrograms } from '../adapters/system/programs.ts';
import { runCopy, runCopyFolder } from '../adapters/system/run-copy.ts';
import { salvagedFiles } from '../adapters/system/salvaged-files.ts';
import { secretReader } from '../adapters/system/secrets.ts';
import { loadConfig } from '../adapters/yaml/config-file.ts';
import { checkRunbook, readRunbook } from '../adapters/yaml/runbook-file.ts';
import type { Origin } from '../domain/config/effective.ts';
import type { KdrConfig, LinkConfig } from '../domain/config/link.ts';
import { pickLink } from '../domain/config/pick-link.ts';
import { secretVariables } from '../domain/config/secret-variables.ts';
import { KdrError } from '../domain/errors/kdr-error.ts';
import type { CheckedRunbook } from '../domain/runbook/checked.ts';
import type { Runbook } from '../domain/runbook/compile.ts';
import type { Side, World } from '../ports/world.ts';
import { registry } from '../steps/registry.ts';

/** The only file that builds adapters. Nothing connects before it is used. */

/** kdr.yaml and the link a command is about. */
export interface OpenLink {
	config: KdrConfig;
	origins: Map<string, Origin>;
	link: LinkConfig;
}

/** kdr.yaml without a choice of link. @throws KDR_CONFIG_MISSING, KDR_CONFIG_INVALID */
export function openConfig(flags: { config?: string | undefined }): Promise<Pick<OpenLink, 'config' | 'origins'>> {
	return loadConfig({ flag: flags.config, env: process.env, cwd: process.cwd() });
}

/** @throws KDR_CONFIG_MISSING, KDR_CONFIG_INVALID, KDR_LINK_UNKNOWN */
export async function openLink(flags: { config?: string | undefined; link?: string | undefined }): Promise<OpenLink> {
	const { config, origins } = await openConfig(flags);
	return { config, origins, link: pickLink(config, flags.link) };
}

/** Every adapter for one link. `close` ends all connections. */
export function composeWorld({ config, link }: Pick<OpenLink, 'config' | 'link'>, signal?: AbortSignal): World {
	const secret = secretReader(dirname(config.file));
	const closers: (() => Promise<void>)[] = [];
	const sides = new Map<string, Side>();
	for (const alias of link.clusters) {
		const cluster = config.clusters[alias];
		if (!cluster) throw new KdrError('KDR_LINK_UNKNOWN', `${alias} is not a cluster of kdr.yaml`);
		const kafka = createKafkaSide(cluster, secret);
		closers.push(() => kafka.close());
		const login = link.fence.canary?.[alias];
		const application = login && createCanary(cluster, login, secret, { timeoutMs: 5_000 });
		if (application) closers.push(() => application.close());
		sides.set(alias, { ...kafka, mirror: new ConnectMirror(cluster, secret), canary: application?.canary ?? null });
	}
	return {
		side(alias) {
			const side = sides.get(alias);
			if (!side)
				throw new KdrError('KDR_LINK_UNKNOWN', `link ${link.name} has no cluster ${alias}`, {
					hint: link.clusters.join(' or '),
				});
			return side;
		},
		dns: {
			zone: route53Zone(link.dns, { secret, signal }),
			answers: dnsAnswers({ servers: link.dns.servers, signal }),
		},
		clock: systemClock,
		programs: systemPrograms(secretVariables(config)),
		salvaged: salvagedFiles,
		close: async () => {
			await Promise.all(closers.map((close) => close()));
		},
	};
}

/** The same world, whose journals nothing waits for; `unwritten`: events that they did not take. */
export function withoutJournals(world: World, link: LinkConfig): World & { unwritten(): number } {
	const sides = new Map(
		link.clusters.map((alias) => {
			const side = world.side(alias);
			const journal = detachedJournal(side.journal, world.clock);
			return [alias, { side: { ...side, journal }, journal }];
		}),
	);
	return {
		...world,
		side: (alias) => sides.get(alias)?.side ?? world.side(alias),
		unwritten: () => [...sides.values()].reduce((sum, { journal }) => sum + journal.unwritten(), 0),
	};
}

/** The file that has a copy of a run's events on this machine. */
export const localCopyFile = (run: string): string => join(runCopyFolder(process.env), `${run}.ndjson`);

/** A copy of a run's events on this machine. */
export const localCopy = (run: string, warn: (text: string) => void): ReturnType<typeof runCopy> =>
	runCopy(runCopyFolder(process.env), run, warn);

type ShippedRunbook =
	| 'switchover'
	| 'failover'
	| 'failback'
	| 'rebuild'
	| 'fence-pay'
	| 'fence-lift'
	| 'dns-flip'
	| 'mirror-reverse'
	| 'offsets-convert';

/** A runbook that comes with kdr. */
export function shippedRunbook(name: ShippedRunbook): Promise<Runbook> {
	// src/cli/ while developing, dist/chunks/ or dist/cli/ once built: the package is two folders up from each.
	return readRunbook(fileURLToPath(new URL(`../../runbooks/${name}.yaml`, import.meta.url)), registry);
}

/** A name of a runbook that comes with kdr, else a file. */
function runbookFile(nameOrFile: string): string {
	const shipped = fileURLToPath(new URL(`../../runbooks/${nameOrFile}.yaml`, import.meta.url));
	return isName(nameOrFile) && !existsSync(nameOrFile) && existsSync(shipped) ? shipped : nameOrFile;
}

const isName = (text: string): boolean => /^[a-z][a-z-]*$/.test(text);

/** @throws KDR_RUNBOOK_INVALID */
export async function openRunbook(nameOrFile: string, warn: (text: string) => void): Promise<Runbook> {
	const file = runbookFile(nameOrFile);
	if (isName(file) && !existsSync(file)) {
		const shipped = readdirSync(fileURLToPath(new URL('../../runbooks', import.meta.url))).map((name) =>
			name.replace(/\.yaml$/, ''),
		);
		throw new KdrError(
			'KDR_RUNBOOK_INVALID',
			`there is no file ${nameOrFile}, and no runbook of that name comes with kdr`,
			{
				hint: `kdr has ${shipped.sort().join(', ')}`,
			},
		);
	}
	return readRunbook(file, registry, warn);
}

export const checkRunbookFile = (nameOrFile: string): Promise<CheckedRunbook> =>
	checkRunbook(runbookFile(nameOrFile), registry);
