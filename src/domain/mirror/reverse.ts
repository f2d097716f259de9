/**
 * Configuration of a connector of the way back, made from its twin of the way forth. How to reach a cluster changes
 * sides; how to read and write (`source.consumer.isolation.level`, `target.producer.…`) is a matter of the role and
 * stays: a mirror that lost read_committed would copy aborted records back.
 *
 * `sync.topic.acls.enabled` is off: MirrorMaker 2 would copy the denials of one side to the other. An alias that MirrorMaker 2 gives by
 * default would be another cluster's after the swap: `source` and `target` are kdr.yaml's names of the clusters of the twin.
 */
export function reversed(
	forward: Record<string, string>,
	name: string,
	{ source, target }: { source: string; target: string },
): Record<string, string> {
	const aliases = { 'source.cluster.alias': source, 'target.cluster.alias': target };
	const out: Record<string, string> = {};
	for (const [key, value] of Object.entries({ ...aliases, ...forward }))
		if (!producerOverride.test(key)) out[ofCluster.test(key) ? swapSide(key) : key] = value;
	return { ...out, name, 'sync.topic.acls.enabled': 'false' };
}

/** Settings of one cluster rather than of a role: `MirrorClientConfig`'s cluster prefix, and addresses and credentials of single clients. */
const ofCluster =
	/^(source|target)\.(cluster\.|(consumer|producer|admin)\.(bootstrap\.servers$|security\.|sasl\.|ssl\.))/;

function swapSide(key: string): string {
	return key.startsWith('source.') ? `target.${key.slice('source.'.length)}` : `source.${key.slice('target.'.length)}`;
}

/** Where a connector's own producer writes and how it logs in there, instead of the worker's. */
const producerOverride = /^producer\.override\.(bootstrap\.servers$|security\.|sasl\.|ssl\.)/;
const targetAddress = /^target\.(cluster|producer)\.(bootstrap\.servers$|security\.|sasl\.|ssl\.)/;

/**
 * The same connector on workers beside another cluster than its target: MirrorMaker 2 writes records, checkpoints and heartbeats by the
 * worker's producer, which must be configured to write to the target (`connector.client.config.override.policy` must allow it).
 */
export function besideAnother(config: Record<string, string>): Record<string, string> {
	const overrides: Record<string, string> = {};
	for (const role of ['target.cluster.', 'target.producer.'])
		for (const [key, value] of Object.entries(config))
			if (key.startsWith(role) && targetAddress.test(key))
				overrides[`producer.override.${key.slice(role.length)}`] = value;
	return { ...config, ...overrides };
}
