import type { Move, RunStep } from '../../src/domain/run/events.ts';
import type { RunOutcome } from '../../src/engine/env.ts';
import { run } from '../../src/engine/execute.ts';
import { at, type Estate, eastToWest, estate, processOf, produce, request, shipped } from './estate.ts';

export const unplanned: Move = { ...eastToWest, mode: 'failover' };
export const onEast: Move = { ...eastToWest, mode: 'change' };

export const step = (kind: string, params: Record<string, unknown> = {}): RunStep => ({ id: kind, kind, params });
export const paying = [step('fence-writers'), step('evict-readers'), step('writers-still'), step('record-tail-ends')];

let runs = 0;

/** A run of these steps to its end, whatever that is. */
export async function runOf(
	here: Estate,
	move: Move,
	steps: RunStep[],
	consent: Record<string, string> = {},
): Promise<RunOutcome> {
	here.world.clock.advance(1_000);
	return run(processOf(here, move), request(`run${++runs}`, move, steps, consent));
}

type Doing = (here: Estate) => void;
const nothing: Doing = () => {};

/**
 * Both partitions mirrored up to here, then `tail` records each that the mirror never saw; east is dead, its clients are on west.
 * `mirrored` and `before` write more: the one what is mirrored still, the other what is not.
 */
export async function failedOver(tail = 5, before = nothing, mirrored = nothing, accepted = '1h'): Promise<Estate> {
	const here = estate();
	for (const partition of [0, 1]) produce(here.east, 20, at(partition));
	mirrored(here);
	here.world.pump();
	here.connect.fail('east-to-west-source', 'the reader ended');
	for (const partition of [0, 1]) produce(here.east, tail, at(partition), 'tail');
	before(here);
	here.world.kill('east');
	const outcome = await runOf(here, unplanned, await shipped('failover'), { 'accept-loss': accepted });
	if (outcome.result !== 'done') throw new Error(`the failover ended ${outcome.result}: ${outcome.error?.message}`);
	return here;
}

/** The same, east back and fenced. */
export async function returned(tail = 5, before = nothing, mirrored = nothing, accepted = '1h'): Promise<Estate> {
	const here = await failedOver(tail, before, mirrored, accepted);
	here.world.revive('east');
	// With its source silent, Connect shows a stopped connector as running for a minute.
	here.world.clock.advance(60_000);
	const outcome = await runOf(here, onEast, paying);
	if (outcome.result !== 'done') throw new Error(`the fence ended ${outcome.result}: ${outcome.error?.message}`);
	return here;
}
