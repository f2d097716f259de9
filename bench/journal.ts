import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { composeWorld, openLink, shippedRunbook } from '../src/cli/compose.ts';
import { probeClusters } from '../src/cli/probe-clusters.ts';
import { engineEnv, moveOf } from '../src/cli/run-env.ts';
import type { RunEvent } from '../src/domain/run/events.ts';
import { run } from '../src/engine/execute.ts';
import { newRunId } from '../src/engine/run-id.ts';
import { labDown, labUp } from '../src/lab/lab.ts';
import { startTraffic, stopTraffic, trafficUp } from '../src/lab/traffic/control.ts';
import type { Journal } from '../src/ports/journal.ts';
import { silentListener } from '../src/ui/listener.ts';

/** What share of a switchover under live traffic is spent waiting for its journal, at most. Needs a build (the lab's traffic). */
const home = mkdtempSync(join(tmpdir(), 'kdr-bench-'));
process.env.XDG_STATE_HOME = home;
const name = `journal-${process.pid}`;
const { signal } = new AbortController();

const wanted = 3;

interface Waits {
	events: number;
	transactions: number;
	/** Of all of them, ms. */
	all: number;
	/** Upper bound for those that the run waited for, ms. */
	held: number;
}

/** The run reads on while these become durable; all that comes between is an intent's or an end's wait. */
const besides: ReadonlySet<RunEvent['type']> = new Set(['step.started', 'step.done', 'run.heartbeat']);

/** Counts the wait for every transaction of the run; at the step `edge` what came before is waited for too. */
function timed(journal: Journal, waits: Waits, edge: string): Journal {
	let last = { begun: 0, ended: 0 };
	const holdsUp = (event: RunEvent) =>
		!besides.has(event.type) || (event.type === 'step.started' && event.step === edge);
	return {
		read: (link) => journal.read(link),
		signal: (id, word) => journal.signal(id, word),
		signals: (id, from) => journal.signals(id, from),
		async open(link) {
			const writer = await journal.open(link);
			return {
				close: () => writer.close(),
				async append(id, events) {
					const begun = performance.now();
					await writer.append(id, events);
					const ended = performance.now();
					waits.events += events.length;
					waits.transactions++;
					waits.all += ended - begun;
					// One that began right after another may have waited for all of that.
					if (events.some(holdsUp)) waits.held += ended - (begun - last.ended < 1 ? last.begun : begun);
					last = { begun, ended };
				},
			};
		},
	};
}

async function switchover(config: string, to: string): Promise<Waits & { whole: number }> {
	const opened = await openLink({ config });
	const move = moveOf(opened, to, 'switchover');
	const world = composeWorld(opened, signal);
	try {
		const { fromAlive, clusterIds } = await probeClusters(world, move);
		const asking = { flags: { confirm: to, input: false }, json: true, signal, pauseScreen() {} };
		const env = engineEnv({ world, opened, move, fromAlive, listener: silentListener, asking });
		const { steps } = await shippedRunbook('switchover');
		const waits = { events: 0, transactions: 0, all: 0, held: 0 };
		const edge = steps.find(({ pointOfNoReturn }) => pointOfNoReturn)?.id ?? '';
		const begun = performance.now();
		const outcome = await run(
			{ ...env, journal: timed(env.journal, waits, edge) },
			{ run: newRunId(), move, command: 'bench', steps, consent: {}, clusterIds },
		);
		if (outcome.result !== 'done') throw outcome.error ?? new Error(`the switchover ended ${outcome.result}`);
		return { ...waits, whole: performance.now() - begun };
	} finally {
		await world.close();
	}
}

try {
	const { state } = await labUp({ name }, (text) => void process.stderr.write(`  ${text}\n`));
	const busy = await startTraffic(state, { rate: 600 });
	await trafficUp(busy, signal);
	for (const to of ['west', 'east']) {
		const { whole, events, transactions, all, held } = await switchover(join(state.dir, 'kdr.yaml'), to);
		const share = (of: number): number => (100 * of) / whole;
		process.stdout.write(
			`switchover to ${to}: ${(whole / 1_000).toFixed(1)} s; its ${events} events in ${transactions} transactions (${(all / transactions).toFixed(1)} ms each) ` +
				`held it up for at most ${share(held).toFixed(1)} % of that (wanted: ${wanted} %, ${share(held) <= wanted ? 'met' : 'missed'}), ` +
				`${share(all).toFixed(1)} % with those it did not wait for\n`,
		);
		// Clients find the other side by themselves.
		await wait(15_000);
	}
	await stopTraffic(busy, () => {});
} finally {
	await labDown(name).catch(() => {});
	rmSync(home, { recursive: true, force: true });
}
