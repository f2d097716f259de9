import type { OutageEstimate } from '../plan/outage.ts';
import type { PlannedStep } from '../plan/planned-step.ts';
import type { Move, RunEvent, RunStep } from './events.ts';

/** What a listener hears: every journalled event once it is durable, and what is only for the eye. */
export type EngineEvent =
	| RunEvent
	| { type: 'progress'; step: string; text: string }
	| { type: 'plan'; run: string; move: Move; steps: PlannedStep[]; onFailure?: RunStep[]; outage?: OutageEstimate };
