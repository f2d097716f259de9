import { z } from 'zod';
import { direction } from './link.ts';
import { suggestion } from './nearest.ts';
import type { FileConfig } from './schema.ts';
import type { ConfigProblem, Path, Tolerant } from './walk.ts';

type Given = Tolerant<FileConfig>;
type GivenLink = NonNullable<NonNullable<Given['links']>[string]>;
type Add = (path: Path, message: string) => void;

/** What no schema can see: names that must match each other. Works on what could be understood so far. */
export function checkMeaning(given: Given): ConfigProblem[] {
	const problems: ConfigProblem[] = [];
	const clusters = Object.keys(given.clusters ?? {});
	if (given.clusters !== undefined && clusters.length < 2) {
		problems.push({ path: ['clusters'], message: 'at least two clusters are needed: one to leave and one to move to' });
	}
	if (given.links !== undefined && Object.keys(given.links).length === 0) {
		problems.push({ path: ['links'], message: 'at least one link is needed' });
	}
	for (const [name, link] of Object.entries(given.links ?? {})) {
		if (link === undefined) continue;
		const add: Add = (path, message) => problems.push({ path: ['links', name, ...path], message });
		checkClusters(link, clusters, given, add);
		// A misspelt cluster is one problem, not one in every place that names it rightly.
		const sides = link.clusters?.every((alias) => clusters.includes(alias)) ? link.clusters : undefined;
		checkConnectors(link, sides, add);
		if (sides) checkConnect(sides, given, (path, message) => problems.push({ path: ['clusters', ...path], message }));
		checkDns(link, sides, add);
		checkFence(link, given, add);
	}
	return problems;
}

function checkClusters(link: GivenLink, clusters: readonly string[], given: Given, add: Add): void {
	if (link.clusters === undefined) return;
	const [first, second] = link.clusters;
	link.clusters.forEach((alias, at) => {
		if (!clusters.includes(alias))
			add(['clusters', at], `there is no cluster ${alias}; ${suggestion(alias, clusters)}`);
	});
	if (first === second) {
		add(['clusters'], `a link needs two different clusters; both are ${first}`);
		return;
	}
	const shared = given.clusters?.[first]?.bootstrap?.find((address) =>
		given.clusters?.[second]?.bootstrap?.includes(address),
	);
	if (shared !== undefined)
		add(['clusters'], `${first} and ${second} share the address ${shared}: they would be one cluster`);
}

type Sides = GivenLink['clusters'];

function checkConnectors(link: GivenLink, sides: Sides, add: Add): void {
	if (sides === undefined) return;
	const known = [direction(...sides), direction(sides[1], sides[0])];
	for (const key of Object.keys(link.mirror?.connectors ?? {})) {
		if (!known.includes(key))
			add(['mirror', 'connectors', key], `not a direction of this link; ${suggestion(key, known)}`);
	}
}

/** A mirror into one cluster may run beside the other; both so would be a slip. */
function checkConnect(sides: NonNullable<Sides>, given: Given, add: Add): void {
	const hosts = sides.map((alias) => given.clusters?.[alias]?.connect?.beside);
	const [first, second] = sides.map((alias) => given.clusters?.[alias]?.connect?.urls ?? []);
	const shared = first?.find((url) => second?.includes(url));
	// Each cluster has workers of its own, unless one says that its mirror runs beside the other.
	if (shared !== undefined && hosts.every((host, at) => host === undefined || host === sides[at]))
		add(
			[sides[1] ?? '', 'connect', 'urls'],
			`${sides.join(' and ')} name the same Connect cluster (${shared}): give each its own, or say connect.beside`,
		);
	for (const [at, alias] of sides.entries()) {
		const [host, other] = [hosts[at], sides[1 - at] ?? alias];
		if (host === undefined || host === alias) continue;
		if (host !== other)
			add([alias, 'connect', 'beside'], `${alias} is linked with ${other}: its mirror runs beside one of the two`);
		else if (hosts[1 - at] === alias)
			add([alias, 'connect', 'beside'], `each of ${alias} and ${other} says that its mirror runs beside the other`);
	}
}

const recordValue = {
	A: { schema: z.ipv4(), what: 'an IPv4 address' },
	AAAA: { schema: z.ipv6(), what: 'an IPv6 address' },
	CNAME: {
		schema: z.string().regex(/^(?!\d+(\.\d+){3}\.?$)[A-Za-z0-9_](?:[A-Za-z0-9_-]|\.(?!\.))*$/),
		what: 'a host name',
	},
};

function checkDns(link: GivenLink, sides: Sides, add: Add): void {
	const { values, type } = link.dns ?? {};
	if (values === undefined) return;
	for (const [alias, list] of Object.entries(values)) {
		const at = ['dns', 'values', alias];
		if (sides && !sides.includes(alias)) add(at, `not a cluster of this link; ${suggestion(alias, sides)}`);
		if (list === undefined || type === undefined) continue;
		const { schema, what } = recordValue[type];
		for (const value of list)
			if (!schema.safeParse(value).success) add(at, `expected ${what} for a record of type ${type}`);
		if (type === 'CNAME' && list.length > 1) add(at, 'a CNAME record holds one name');
	}
	if (sides === undefined) return;
	const [first, second] = sides;
	for (const alias of sides)
		if (!Object.hasOwn(values, alias)) add(['dns', 'values'], `what the record holds for ${alias} is missing`);
	const same = first !== second && values[first] && values[second] && sorted(values[first]) === sorted(values[second]);
	if (same) add(['dns', 'values'], `the same for ${first} and ${second}: a flip would move nobody`);
}

const sorted = (values: readonly string[]): string => [...values].sort().join(' ');

function checkFence(link: GivenLink, given: Given, add: Add): void {
	const { fence } = link;
	if (fence === undefined) return;
	const users = (link.clusters ?? [])
		.map((alias) => given.clusters?.[alias]?.sasl?.username)
		.filter((user) => user !== undefined);
	const ours = new Set(users.map((user) => `User:${user}`));
	fence.principals?.forEach((principal, at) => {
		if (principal === 'User:*')
			add(
				['fence', 'principals', at],
				'User:* would also fence MirrorMaker 2 and kdr; name the application principals, or allBut',
			);
		if (ours.has(principal)) add(['fence', 'principals', at], `${principal} is the user kdr itself runs as`);
	});
	if (fence.principals === undefined && fence.allBut === undefined)
		add(['fence', 'principals'], 'missing; expected a list of principals such as User:app, or allBut');
	if (fence.principals && fence.allBut) add(['fence', 'allBut'], 'principals are named already; one of the two');
	checkDrivers(fence, add);
	checkCanary(link, add);
}

type GivenFence = NonNullable<GivenLink['fence']>;

function checkDrivers({ driver = [], exec, principals = [] }: GivenFence, add: Add): void {
	if (driver.includes('exec') !== (exec !== undefined))
		add(
			['fence', 'exec'],
			exec ? 'has no effect: exec is not among the drivers' : 'missing; the driver exec needs apply, verify and lift',
		);
	const strange = principals.find((principal) => !principal.startsWith('User:'));
	if (driver.includes('quota') && strange !== undefined)
		add(['fence', 'driver'], `a quota is set for a user, and ${strange} is none; leave quota out`);
}

function checkCanary({ fence, clusters }: GivenLink, add: Add): void {
	for (const [alias, { sasl, tls }] of Object.entries(fence?.canary ?? {}).map(
		([name, one]) => [name, one ?? {}] as const,
	)) {
		const at = ['fence', 'canary', alias];
		if (clusters && !clusters.includes(alias)) add(at, `not a cluster of this link; ${suggestion(alias, clusters)}`);
		if (sasl === undefined && tls?.cert === undefined)
			add(at, 'expected sasl, or tls with cert and key: whose write is to be refused?');
		const principal = sasl?.username === undefined ? undefined : `User:${sasl.username}`;
		const kept = fence?.principals?.includes(principal ?? '') ?? !fence?.allBut?.includes(principal ?? '');
		if (principal !== undefined && !kept)
			add(at, `${principal} is not fenced by this link: its write would not be refused`);
	}
}
