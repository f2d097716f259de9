import { type LabAlias, type LabState, labAliases } from '../estate.ts';
import { LogReader } from '../ledger/log-reader.ts';
import { committedOffsets } from '../ledger/read.ts';
import type { GroupPlan } from './roster.ts';
import type { ClientStatus } from './status.ts';

/**
 * Groups that have not committed all there is on the side they are on. Read from the cluster, not from what the clients
 * think: a group is done when no record a read_committed reader gets lies past its commit.
 */
export async function undrained(
	state: LabState,
	password: string,
	groups: readonly GroupPlan[],
	clients: readonly ClientStatus[],
): Promise<string[]> {
	const sideOf = ({ group }: GroupPlan) =>
		clients.find((client) => client.group === group && client.side !== null)?.side ?? null;
	const homeless = groups.filter((plan) => sideOf(plan) === null).map(({ group }) => group);
	const checks = labAliases.map(async (alias) => {
		const here = groups.filter((plan) => sideOf(plan) === alias);
		return here.length === 0
			? []
			: await behind(state, password, alias, here).catch(() => here.map(({ group }) => group));
	});
	return [...homeless, ...(await Promise.all(checks)).flat()];
}

async function behind(
	state: LabState,
	password: string,
	alias: LabAlias,
	groups: readonly GroupPlan[],
): Promise<string[]> {
	const side = state.sides[alias];
	const reader = new LogReader(side, password);
	try {
		const topics = new Set(groups.flatMap((plan) => plan.topics));
		const { partitions } = await reader.partitions([...topics]);
		const commits = await committedOffsets(
			side,
			password,
			groups.map(({ group }) => group),
		);
		const late: string[] = [];
		for (const plan of groups) {
			for (const at of partitions.filter(({ topic }) => plan.topics.includes(topic))) {
				const { records } = await reader.read(at, commits.get(plan.group)?.get(at) ?? 0n);
				if (records.some(({ state: seen, id }) => seen === 'visible' && id !== null)) late.push(plan.group);
			}
		}
		return [...new Set(late)];
	} finally {
		await reader.close();
	}
}
