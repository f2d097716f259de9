import { home } from './home.ts';
import type { Estate } from './shape.ts';

export const old: Estate = {
	...home,
	name: 'old',
	summary: 'the last Kafka with ZooKeeper',
	odd: [
		'Brokers are 3.9.2 in ZooKeeper mode with the old authorizer; Connect and the mirror are 3.9.2 too.',
		'Brokers list groups without a type, and know no KIP-848 and no share groups.',
	],
	release: '3.9.2',
	connect: '3.9.2',
	zookeeper: true,
	groupsWithout: ['java-kip848'],
};
