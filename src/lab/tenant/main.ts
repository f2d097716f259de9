import { setTimeout as wait } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { labKafka } from '../cluster-setup.ts';
import type { LabState } from '../estate.ts';
import { liveGroup, liveTopic } from '../other-team.ts';
import { readState } from '../state.ts';

/**
 * Another team's application: writes and reads its own topic on east, which it knows by address. No move of the link concerns it.
 * Runs until it is killed.
 */
async function main(dir: string): Promise<void> {
	const state = readState(dir);
	if (!state) throw new Error(`no lab in ${dir}`);
	for (;;) {
		await work(state).catch((error) => process.stdout.write(`${new Date().toISOString()} starts again: ${error}\n`));
		await wait(1_000);
	}
}

async function work(state: LabState): Promise<void> {
	const kafka = await labKafka(state, 'east', 'tenant');
	const [producer, consumer] = [kafka.producer(), kafka.consumer({ groupId: liveGroup, sessionTimeout: 10_000 })];
	try {
		await Promise.all([producer.connect(), consumer.connect()]);
		await consumer.subscribe({ topics: [liveTopic], fromBeginning: true });
		const crashed = new Promise<never>((_, reject) => {
			consumer.on(consumer.events.CRASH, ({ payload }) => reject(payload.error));
		});
		await Promise.race([consumer.run({ eachMessage: async () => {} }), crashed]);
		for (let count = 0; ; count++) {
			const messages = [{ key: String(count), value: `stock ${count}` }];
			await Promise.race([producer.send({ topic: liveTopic, messages }), crashed]);
			await Promise.race([wait(200), crashed]);
		}
	} finally {
		await Promise.allSettled([producer.disconnect(), consumer.disconnect()]);
	}
}

const { values } = parseArgs({ options: { dir: { type: 'string' } } });
await main(values.dir ?? '');
