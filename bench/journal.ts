import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { composeWorld, openEstate, shippedRunbook } from '../src/cli/compose.ts';
import { lifeSigns } from '../src/cli/life-signs.ts';
import { engineEnv, moveOf } from '../src/cli/run-env.ts';
import { run } from '../src/engine/execute.ts';
import { newRunId } from '../src/engine/run-id.ts';
import { labDown, labUp } from '../src/lab/lab.ts';
import { startTraffic, stopTraffic, trafficUp } from '../src/lab/traffic/control.ts';
import type { Journal } from '../src/ports/journal.ts';
import { silentListener } from '../src/ui/listener.ts';

/** What share of a switchover under live traffic is spent waiting for its journal; wanted: 3 % at most. Needs a build (the lab's traffic). */
const home = mkdtempSync(join(tmpdir(), 'kdr-bench-'));
process.env.XDG_STATE_HOME = home;
const name = `journal-${process.pid}`;
const { signal } = new AbortController();

let appends = 0;
let ms = 0;
/** Of events that the run does not wait for at once: what follows reads meanwhile. */
let beside = 0;

/** Counts the wait of every event of the run; beats go on beside the work and hold nothing up. */
const timed = (journal: Journal): Journal => ({
	read: (link) => journal.read(link),
	signal: (id, word) => journal.signal(id, word),
	signals: (id, from) => journal.signals(id, from),
	async open(link) {
		const writer = await journal.open(link);
		return {
			close: () => writer.close(),
			async append(id, event) {
				const begun = performance.now();
				await writer.append(id, event);
				if (event.type === 'run.heartbeat') return;
				const took = performance.now() - begun;
				ms += took;
				if (event.type === 'step.started') beside += took;
				appends++;
			},
		};
	},
});

async function switchover(config: string, to: string): Promise<number> {
	const estate = await openEstate({ config });
	const move = moveOf(estate, to, 'switchover');
	const world = composeWorld(estate, signal);
	try {
		const { fromAlive, clusterIds } = await lifeSigns(world, move);
		const asking = { flags: { confirm: to, input: false }, json: true, signal, pauseScreen() {} };
		const env = engineEnv({ world, estate, move, fromAlive, listener: silentListener, asking });
		const { steps } = await shippedRunbook('switchover');
		const begun = performance.now();
		const outcome = await run(
			{ ...env, journal: timed(env.journal) },
			{ run: newRunId(), move, command: 'bench', steps, consent: {}, clusterIds },
		);
		if (outcome.result !== 'done') throw outcome.error ?? new Error(`the switchover ended ${outcome.result}`);
		return performance.now() - begun;
	} finally {
		await world.close();
	}
}

try {
	const { state } = await labUp({ name }, (text) => void process.stderr.write(`  ${text}\n`));
	const busy = await startTraffic(state, 600);
	await trafficUp(busy, signal);
	for (const to of ['west', 'east']) {
		[appends, ms, beside] = [0, 0, 0];
		const whole = await switchover(join(state.dir, 'kdr.yaml'), to);
		const share = (of: number): string => ((100 * of) / whole).toFixed(1);
		process.stdout.write(
			`switchover to ${to}: ${(whole / 1_000).toFixed(1)} s; its ${appends} events held it up for ${share(ms - beside)} to ${share(ms)} % of that\n`,
		);
		// Clients find the other side by themselves.
		await wait(15_000);
	}
	await stopTraffic(busy, () => {});
} finally {
	await labDown(name).catch(() => {});
	rmSync(home, { recursive: true, force: true });
}
