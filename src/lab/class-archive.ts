import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { copyFile, mkdir, rename, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { LabState } from './estate.ts';
import { mains } from './kafka-config.ts';
import { withLock } from './lock.ts';
import { javaCommand } from './preflight.ts';
import { endGently, processFacts } from './processes.ts';

/*
 * Java's dynamic class data sharing: a JVM that finds its loaded classes in a file starts with 40 % less processor time. The files lie beside
 * the jars, one for each program. Without one, or with one of another Java, the JVM starts as ever.
 */

/** As long as it takes to load the classes of a client; it never reaches a broker. */
const lifeMs = 4_000;

const archiveOf = (jars: string, main: string): string => join(`${jars}-classes`, `${main}.jsa`);
const using = (archive: string): string[] => (existsSync(archive) ? [`-XX:SharedArchiveFile=${archive}`] : []);
const learning = (draft: string): string[] => [`-XX:ArchiveClassesAtExit=${draft}`, '-Xlog:disable'];

/** JVM flags of a client, which are evicted and start again more than once. Its archive is made on first use, by a client that reaches nobody. */
export async function clientClasses(jars: string, main: string, program: readonly string[]): Promise<string[]> {
	const archive = archiveOf(jars, main);
	await mkdir(dirname(archive), { recursive: true, mode: 0o700 });
	if (!existsSync(archive))
		await withLock(`${archive}.lock`, { what: 'the archive of classes', waitMs: 60_000 }, async () => {
			if (!existsSync(archive)) await tryClient(archive, program);
		});
	return using(archive);
}

async function tryClient(archive: string, program: readonly string[]): Promise<void> {
	const draft = `${archive}.${process.pid}`;
	await new Promise<void>((done) => {
		const child = execFile(
			javaCommand(),
			[...learning(draft), ...program],
			{ timeout: 30_000, killSignal: 'SIGKILL', maxBuffer: 16 * 1024 * 1024 },
			() => done(),
		);
		setTimeout(() => child.kill('SIGTERM'), lifeMs).unref();
	});
	await keep(draft, archive);
}

/**
 * Which processes of a lab write the archive of their program when the lab is taken down: those that are killed least often. In this order: a
 * worker whose broker is gone does not end.
 */
const learners = ({ jars, connectJars, sides: { west } }: LabState) =>
	[
		{ jars: connectJars, main: mains.connect, process: west.connect.process },
		{ jars, main: mains.broker, process: west.brokers[0]?.process },
	] as const;

const draftOf = (dir: string, main: string): string => join(dir, `${main}.jsa`);

/** JVM flags of a broker or worker. `learns`: where there is no archive yet, this process writes it at its end. */
export function serverClasses(dir: string, { jars, main }: { jars: string; main: string }, learns: boolean): string[] {
	const archive = archiveOf(jars, main);
	return learns && !existsSync(archive) ? learning(draftOf(dir, main)) : using(archive);
}

/** Ends the processes that can write an archive this machine lacks, and keeps what they wrote: some seconds, once for each release of Kafka. */
export async function keepServerClasses(state: LabState): Promise<void> {
	if (!state.complete) return;
	for (const { jars, main, process } of learners(state)) {
		const archive = archiveOf(jars, main);
		if (!process || existsSync(archive) || processFacts(process).state !== 'up') continue;
		if (await endGently(process, 20_000)) await keep(draftOf(state.dir, main), archive);
	}
}

/** Completely or not at all: others may look for the archive at the same moment. */
async function keep(draft: string, archive: string): Promise<void> {
	if (existsSync(draft)) {
		await mkdir(dirname(archive), { recursive: true, mode: 0o700 });
		const beside = `${archive}.${process.pid}.new`;
		await copyFile(draft, beside);
		await rename(beside, archive);
	}
	await rm(draft, { force: true });
}
