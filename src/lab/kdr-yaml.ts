import { stringify } from 'yaml';
import { brokerHost, connectHost, ports } from './addresses.ts';
import { bootstrap, connectorNames } from './connect-config.ts';
import type { LabAlias, LabState } from './estate.ts';
import { estateOf } from './estates/index.ts';

/** Not a secret of any real account: the lab's own Route 53 endpoint knows only this key. */
export const route53AccessKeyId = 'AKIAKDRLAB0000000000';

/** The estate of a lab as kdr.yaml, to lie in the lab's directory: secrets are named by files beside it. */
export function kdrYaml(state: LabState): string {
	const head = `# Written by "kdr lab up" for the lab "${state.name}": two Kafka clusters and a name server on this machine.\n`;
	return (
		head +
		stringify(
			{ clusters: { east: cluster(state, 'east'), west: cluster(state, 'west') }, links: { orders: link(state) } },
			{ lineWidth: 0 },
		)
	);
}

function cluster(state: LabState, alias: LabAlias) {
	return {
		bootstrap: bootstrap(state, alias),
		sasl: { mechanism: 'scram-sha-256', username: 'kdr', password: { file: 'secrets/kdr' } },
		connect: { urls: [`http://${connectHost(state.index, alias)}:${ports.connect}`] },
	};
}

const application = { sasl: { mechanism: 'scram-sha-256', username: 'app', password: { file: 'secrets/app' } } };

const addresses = (state: LabState, alias: LabAlias): string[] =>
	state.sides[alias].brokers.map(({ id }) => brokerHost(state.index, alias, id));

function link(state: LabState) {
	return {
		clusters: ['east', 'west'],
		topics: estateOf(state).topics.map(({ name }) => name),
		groups: { include: ['.*'] },
		mirror: {
			driver: 'connect',
			connectors: { 'east-to-west': connectorNames('east', 'west'), 'west-to-east': connectorNames('west', 'east') },
		},
		dns: {
			driver: 'route53',
			zone: state.dns.zoneId,
			name: state.dns.name,
			type: 'A',
			ttl: state.dns.ttl,
			values: { east: addresses(state, 'east'), west: addresses(state, 'west') },
			region: 'us-east-1',
			endpoint: state.dns.route53Url,
			credentials: { accessKeyId: route53AccessKeyId, secretAccessKey: { file: 'secrets/route53' } },
			servers: state.dns.servers,
		},
		fence: {
			driver: 'acl',
			principals: ['User:app'],
			// Brokers of one machine answer at once, and drills are to be short: a real estate keeps the default of 10 s.
			still: '3s',
			canary: { east: application, west: application },
		},
		objectives: { rpo: '30s', rto: '5m' },
		// Drills follow one another here.
		rules: { antiFlap: '0s' },
	};
}
