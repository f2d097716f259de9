/** The Kafka releases labs run, each with the artifacts it needs; Maven brings what those depend on. */
export type Release = '3.9.2' | '4.3.1' | '4.4.0';

/** What labs run unless their estate says otherwise; the traffic's Java clients are always of this release. */
export const mainRelease: Release = '4.3.1';

export type Artifact = readonly [group: string, artifact: string, version: string];

const kafka = (release: string, artifacts: readonly string[]): Artifact[] =>
	artifacts.map((artifact) => ['org.apache.kafka', artifact, release]);

const broker = ['kafka_2.13', 'kafka-tools'];
const connect = ['connect-runtime', 'connect-json'];
const log4j2: Artifact = ['org.apache.logging.log4j', 'log4j-slf4j-impl', '2.25.4'];

export const artifactsOf: Readonly<Record<Release, readonly Artifact[]>> = {
	// The last release with ZooKeeper; its loggers want the old Log4j.
	'3.9.2': [...kafka('3.9.2', [...broker, ...connect, 'connect-mirror']), ['org.slf4j', 'slf4j-reload4j', '1.7.36']],
	'4.3.1': [...kafka('4.3.1', [...broker, ...connect, 'connect-mirror']), log4j2],
	// Brokers only: Maven Central has no connect-mirror 4.4.0, and 4.3.1 does not run on a newer Connect.
	'4.4.0': [...kafka('4.4.0', broker), log4j2],
};
