import { labTopics } from '../estate.ts';
import { mainRelease } from '../releases.ts';
import type { Estate } from './shape.ts';

export const home: Estate = {
	name: 'home',
	summary: 'two KRaft clusters, mirrored as the documentation recommends',
	odd: [],
	release: mainRelease,
	connect: mainRelease,
	zookeeper: false,
	brokers: { east: 1, west: 1 },
	topics: labTopics,
	standbyTopics: [],
	ttl: 2,
	records: [],
	otherTeam: false,
	traffic: { producers: [], groups: [] },
	groupsWithout: [],
	worker: () => ({}),
	mirror: (connectors) => connectors,
	permissions: [],
};
