import kafkajs, { type AclEntry, type AclFilter, type Admin } from 'kafkajs';
import { asAdmin } from '../cluster-setup.ts';
import { type LabAlias, type LabState, labAliases } from '../estate.ts';
import type { Robot } from './robot.ts';

const { AclOperationTypes, AclPermissionTypes, AclResourceTypes, ResourcePatternTypes } = kafkajs;

/** ACLs of applications, as Strimzi's User Operator keeps them: those that somebody else adds go, those that are missing return. */
export async function acls(state: LabState): Promise<Robot> {
	const wanted = new Map<LabAlias, Map<string, AclEntry>>();
	for (const alias of labAliases) wanted.set(alias, await asAdmin(state, alias, ofApplications));
	return {
		putBack: async () =>
			(await Promise.all(labAliases.map((alias) => putBack(state, alias, wanted.get(alias) ?? new Map())))).flat(),
	};
}

async function putBack(state: LabState, alias: LabAlias, wanted: Map<string, AclEntry>): Promise<string[]> {
	return await asAdmin(state, alias, async (admin) => {
		const there = await ofApplications(admin);
		const missing = [...wanted].flatMap(([key, entry]) => (there.has(key) ? [] : [entry]));
		const added = [...there].flatMap(([key, entry]) => (wanted.has(key) ? [] : [entry]));
		if (added.length > 0) await admin.deleteAcls({ filters: added });
		if (missing.length > 0) await admin.createAcls({ acl: missing });
		const lines = [
			added.length > 0 ? `${alias}: removed ${added.length} ACLs` : '',
			missing.length > 0 ? `${alias}: created ${missing.length} ACLs` : '',
		];
		return lines.filter((line) => line !== '');
	});
}

async function ofApplications(admin: Admin): Promise<Map<string, AclEntry>> {
	const any: AclFilter = {
		resourceType: AclResourceTypes.ANY,
		resourcePatternType: ResourcePatternTypes.ANY,
		principal: 'User:app',
		operation: AclOperationTypes.ANY,
		permissionType: AclPermissionTypes.ANY,
	};
	const { resources } = await admin.describeAcls(any);
	const entries = resources.flatMap(({ acls: found, resourceType, resourceName, resourcePatternType }) =>
		found.map((acl) => ({ ...acl, resourceType, resourceName, resourcePatternType })),
	);
	return new Map(entries.map((entry) => [JSON.stringify(Object.entries(entry).sort()), entry]));
}
