import { asAdmin } from '../../src/lab/cluster-setup.ts';
import type { LabAlias, LabState } from '../../src/lab/estate.ts';

interface SidePicture {
	/** With their metadata. */
	offsets: string[];
	acls: string[];
	/** With their states and settings. */
	connectors: string[];
}

const everyAcl = { resourceType: 1, resourcePatternType: 1, operation: 1, permissionType: 1 } as const;

/** What an undone run must leave as it was, read through Kafka's and Connect's own interfaces, not kdr's. */
export async function pictureOf(state: LabState): Promise<Record<LabAlias, SidePicture>> {
	const [east, west] = await Promise.all([sideOf(state, 'east'), sideOf(state, 'west')]);
	return { east, west };
}

function sideOf(state: LabState, alias: LabAlias): Promise<SidePicture> {
	return asAdmin(state, alias, async (admin) => {
		const { groups } = await admin.listGroups();
		const offsets = await Promise.all(
			groups.map(async ({ groupId }) => `${groupId} ${JSON.stringify(await admin.fetchOffsets({ groupId }))}`),
		);
		const { resources } = await admin.describeAcls(everyAcl);
		const acls = resources.flatMap(({ acls: of, ...resource }) =>
			of.map((acl) => JSON.stringify({ ...resource, ...acl })),
		);
		return {
			offsets: offsets.sort(),
			acls: acls.sort(),
			connectors: await connectorsOf(state.sides[alias].connect.url),
		};
	});
}

async function connectorsOf(url: string): Promise<string[]> {
	const answer = await fetch(`${url}/connectors?expand=info&expand=status`);
	const found = (await answer.json()) as Record<
		string,
		{ info: { config: unknown }; status: { connector: { state: string } } }
	>;
	return Object.entries(found)
		.map(([name, { info, status }]) => JSON.stringify([name, status.connector.state, info.config]))
		.sort();
}
