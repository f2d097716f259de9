import { expect, test } from 'vitest';
import { readConfig } from '../../../../src/domain/config/read.ts';

const config = (eastConnect: object, westConnect: object) => ({
	clusters: {
		east: { bootstrap: 'e:9092', connect: eastConnect },
		west: { bootstrap: 'w:9092', connect: westConnect },
	},
	links: {
		orders: {
			clusters: ['east', 'west'],
			topics: ['orders'],
			dns: { zone: 'Z1', name: 'kafka.example.com', values: { east: '10.0.0.1', west: '10.0.0.2' } },
			fence: { principals: ['User:app'] },
		},
	},
});

const problemsOf = (given: object): string[] => {
	const read = readConfig(given, '/x/kdr.yaml');
	return 'problems' in read ? read.problems.map(({ message }) => message) : [];
};

test('two clusters that name the same Connect cluster are refused: one mirror would copy a cluster into itself', () => {
	const urls = 'http://connect.west:8083';
	expect(problemsOf(config({ urls }, { urls }))).toEqual([
		`east and west name the same Connect cluster (${urls}): give each its own, or say connect.beside`,
	]);
	expect(problemsOf(config({ urls, beside: 'west' }, { urls }))).toEqual([]);
	expect(problemsOf(config({ urls: 'http://connect.east:8083' }, { urls }))).toEqual([]);
});
