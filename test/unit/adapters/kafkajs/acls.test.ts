import { expect, test } from 'vitest';
import { KafkajsAcls } from '../../../../src/adapters/kafkajs/acls.ts';
import type { KafkajsClient } from '../../../../src/adapters/kafkajs/client.ts';
import { denials } from '../../../../src/steps/fence/access.ts';

test('more ACLs than a broker takes in one request go out in batches, each of them once', async () => {
	const sizes = { created: [] as number[], removed: [] as number[] };
	const admin = {
		createAcls: async ({ acl }: { acl: unknown[] }) => sizes.created.push(acl.length),
		deleteAcls: async ({ filters }: { filters: unknown[] }) => sizes.removed.push(filters.length),
	};
	const client = { where: 'east', withAdmin: async (_doing: string, use: (given: unknown) => unknown) => use(admin) };
	const acls = new KafkajsAcls(client as unknown as KafkajsClient);
	const topics = Array.from({ length: 1_200 }, (_, at) => `topic-${at}`);
	const many = denials(
		topics,
		Array.from({ length: 10 }, (_, at) => `User:${at}`),
		'write',
	);
	await acls.create(many);
	await acls.remove(many.slice(0, 2_001));
	await acls.create([]);
	expect(sizes).toEqual({ created: [2_000, 2_000, 2_000, 2_000, 2_000, 2_000], removed: [2_000, 1] });
});
