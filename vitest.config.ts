import { defineConfig } from 'vitest/config';
import { LongestFirst } from './test/support/longest-first.ts';

/**
 * `fast` needs no broker and runs on each save; `crash` stops whole runs at every point; `real` runs against real Kafka
 * clusters, two labs at a time: it mostly waits. `estates` does the same on clusters built otherwise, one lab at a time.
 */
export default defineConfig({
	test: {
		globalSetup: ['test/support/clean-up.ts'],
		sequence: { sequencer: LongestFirst },
		projects: [
			{
				test: {
					name: 'fast',
					include: ['test/**/*.test.ts'],
					exclude: ['test/**/*.real.test.ts', 'test/crash/**'],
					// Files share a process (no module is mocked, none keeps state): half of the time went into starting one for each.
					isolate: false,
					maxWorkers: 3,
					// A busy machine is no failure.
					testTimeout: 60_000,
					sequence: { groupOrder: 0 },
				},
			},
			{
				test: {
					name: 'crash',
					include: ['test/crash/**/*.test.ts'],
					maxWorkers: 2,
					sequence: { groupOrder: 1 },
					testTimeout: 120_000,
				},
			},
			{
				test: {
					name: 'estates',
					include: ['test/estates/**/*.real.test.ts'],
					// One lab at a time: the largest has four brokers.
					maxWorkers: 1,
					sequence: { groupOrder: 3 },
					testTimeout: 600_000,
					hookTimeout: 600_000,
				},
			},
			{
				test: {
					name: 'real',
					include: ['test/**/*.real.test.ts'],
					exclude: ['test/estates/**'],
					maxWorkers: 2,
					sequence: { groupOrder: 2 },
					testTimeout: 300_000,
					hookTimeout: 300_000,
				},
			},
		],
	},
});
