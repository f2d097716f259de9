import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, rename, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { KdrError } from '../domain/errors/kdr-error.ts';
import { withLock } from './lock.ts';
import { jarsHome } from './paths.ts';
import { type Artifact, artifactsOf, type Release } from './releases.ts';

const dependency = ([group, artifact, version]: Artifact): string =>
	`    <dependency><groupId>${group}</groupId><artifactId>${artifact}</artifactId><version>${version}</version></dependency>`;

/** Maven resolves it with the user's own settings; it names no repository. */
export const pom = (release: Release): string => `<project xmlns="http://maven.apache.org/POM/4.0.0">
  <modelVersion>4.0.0</modelVersion>
  <groupId>kdr</groupId>
  <artifactId>lab-jars</artifactId>
  <version>1</version>
  <packaging>pom</packaging>
  <dependencies>
${artifactsOf[release].map(dependency).join('\n')}
  </dependencies>
</project>
`;

export const jarsCached = (release: Release): boolean => existsSync(jarsHome(release));

/**
 * Puts a release's jars where `jarsHome` says, fetched with Maven the first time (about 55 MB). Several at once fetch only once.
 * Throws KDR_LAB_NEEDS with the end of Maven's output when it fails.
 */
export async function ensureJars(
	release: Release,
	onProgress: (text: string) => void,
	signal?: AbortSignal,
): Promise<void> {
	const home = jarsHome(release);
	if (jarsCached(release)) return;
	await mkdir(dirname(home), { recursive: true });
	await withLock(`${home}.lock`, { what: 'the cache of Kafka jars', waitMs: 600_000, signal }, async () => {
		if (jarsCached(release)) return;
		onProgress(`fetching Kafka ${release} with Maven, about 55 MB, once per user`);
		await fetchJars(release, home, signal);
	});
}

/** The cache appears whole or not at all: fetched beside it, then renamed. */
async function fetchJars(release: Release, home: string, signal?: AbortSignal): Promise<void> {
	const work = await mkdtemp(`${home}.fetch-`);
	try {
		await writeFile(join(work, 'pom.xml'), pom(release));
		await maven(work, signal);
		await rename(join(work, 'jars'), home);
	} finally {
		await rm(work, { recursive: true, force: true });
	}
}

async function maven(work: string, signal?: AbortSignal): Promise<void> {
	const args = ['-B', '-q', 'dependency:copy-dependencies', `-DoutputDirectory=${join(work, 'jars')}`];
	try {
		await promisify(execFile)('mvn', args, { cwd: work, timeout: 600_000, maxBuffer: 16 * 1024 * 1024, signal });
	} catch (error) {
		signal?.throwIfAborted();
		const output = String((error as { stdout?: string }).stdout ?? '').trim();
		throw new KdrError(
			'KDR_LAB_NEEDS',
			`Maven could not fetch Kafka's jars: ${output.split('\n').slice(0, 4).join('\n')}`,
			{
				hint: 'check that mvn can reach your Maven repository (proxy, mirror: ~/.m2/settings.xml), then try again',
				cause: error,
			},
		);
	}
}
