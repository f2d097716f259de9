import type { LinkConfig } from '../../domain/config/link.ts';
import type { Move } from '../../domain/run/events.ts';
import type { OutputName, Outputs } from '../../domain/run/outputs.ts';
import type { Side, World } from '../../ports/world.ts';

/** The two clusters of a move. */
export interface Sides {
	readonly world: World;
	readonly from: Side;
	readonly to: Side;
}

/** What decisions need to know of a move; the facts of a run fit. */
export interface MoveFacts {
	readonly move: Move;
	readonly link: LinkConfig;
	/** Id of the run; `preview` while only a plan is made. */
	readonly run: string;
	readonly preview: boolean;
	/** False when `from` did not answer at the start: nothing may wait for it. */
	readonly fromAlive: boolean;
	/** Output of an earlier step of this run. */
	output<N extends OutputName>(name: N): Outputs[N] | undefined;
}

/** What reading needs besides; a step's context fits. */
export interface MoveContext extends MoveFacts {
	progress(text: string): void;
}
