import type { JournalEntry, RunEvent, RunStep } from './events.ts';
import { mergeRuns } from './order.ts';
import type { RunState, StepState, UnreadableRun } from './state.ts';

const knownTypes: ReadonlySet<string> = new Set<RunEvent['type']>([
	'run.started',
	'run.resumed',
	'run.heartbeat',
	'run.held',
	'run.released',
	'run.ended',
	'step.started',
	'step.intent',
	'step.evidence',
	'step.done',
	'step.failed',
	'hook.started',
	'hook.ended',
]);

/** All runs of a journal, oldest first. */
export function foldRuns(entries: readonly JournalEntry[]): { runs: RunState[]; unreadable: UnreadableRun[] } {
	const runs = new Map<string, RunState>();
	const unreadable = new Map<string, UnreadableRun>();
	for (const entry of entries) {
		const state = runs.get(entry.run);
		if (state) {
			advance(state, entry.event, entry.at, entry.offset);
			continue;
		}
		const strange = notUnderstood(entry.event, entry.offset);
		const known = unreadable.get(entry.run);
		if (known) {
			known.at = entry.at;
			known.ended = strange === undefined && entry.event.type === 'run.ended';
			continue;
		}
		const started = strange === undefined ? begin(entry) : undefined;
		if (started) runs.set(entry.run, started);
		else
			unreadable.set(entry.run, {
				run: entry.run,
				at: entry.at,
				reason: strange ?? 'its start is not in the journal',
				ended: entry.event.type === 'run.unreadable' && entry.event.ofNoRun === true,
			});
	}
	return { runs: [...runs.values()], unreadable: [...unreadable.values()] };
}

/** The runs in the journals of both clusters of a link, as one list, oldest first. */
export function foldJournals(journals: readonly (readonly JournalEntry[])[]): ReturnType<typeof foldRuns> {
	const folded = journals.map(foldRuns);
	return {
		runs: mergeRuns(folded.map(({ runs }) => runs)),
		unreadable: folded.flatMap(({ unreadable }) => unreadable),
	};
}

/** The state right after `run.started`; undefined when the entry is another event. */
export function begin({
	run,
	event,
	at,
	offset,
}: Omit<JournalEntry, 'offset'> & { offset?: bigint }): RunState | undefined {
	if (event.type !== 'run.started') return undefined;
	return {
		run,
		move: event.move,
		command: event.command,
		consent: event.consent,
		clusterIds: event.clusterIds,
		steps: event.steps.map(pending),
		onFailure: event.onFailure ?? [],
		carried: event.carried ?? [],
		...(event.scope && { scope: event.scope }),
		...(event.overridden && { overridden: event.overridden }),
		...(event.supersedes && { supersedes: event.supersedes }),
		hooks: [],
		startedBy: event.operator,
		operator: event.operator,
		startedAt: at,
		lastSignAt: at,
		lastAt: at,
		sitting: event.ms === undefined ? undefined : { at, ms: event.ms },
		resumed: [],
		written: false,
		seq: event.seq ?? 1,
		...(event.hold && { hold: event.hold }),
		...(event.undoes !== undefined && { undoes: event.undoes }),
		...(event.title !== undefined && { title: event.title }),
		...(offset !== undefined && { startOffset: offset }),
	};
}

const pending = (step: RunStep): StepState => ({
	step,
	status: 'pending',
	intents: [],
	evidence: [],
	checks: [],
	failures: [],
	retried: [],
	worldMayHaveChanged: false,
});

/** Takes one more event into the state, in place. What cannot be understood is said, never guessed. */
export function advance(state: RunState, event: RunEvent, wall: number, offset?: bigint): void {
	state.lastSignAt = wall;
	const at = steady(state, event, wall);
	state.lastAt = at;
	const strange = notUnderstood(event, offset);
	if (strange !== undefined) {
		state.unreadable ??= strange;
		// It may say that somebody resumed the run.
		delete state.ended;
	}
	if (state.unreadable !== undefined) {
		if (strange !== undefined || event.type === 'step.intent') mayHaveWritten(state, at, offset);
		// Whether somebody holds the run is still known.
		if (strange === undefined && !isStepEvent(event)) advanceRun(state, event, at);
		return;
	}
	if (event.type === 'run.heartbeat' && event.seq === undefined) {
		advanceRun(state, event, at);
		return;
	}
	const seq = event.seq ?? state.seq + 1;
	if (seq <= state.seq) return;
	if (seq > state.seq + 1) {
		state.unreadable = `events ${state.seq + 1} to ${seq - 1} are missing`;
		return;
	}
	state.seq = seq;
	if ('step' in event && event.step !== undefined) state.lastStep = event.step;
	if (event.type === 'step.intent') {
		state.lastIntentAt = at;
		if (offset !== undefined) state.lastIntentOffset = offset;
	}
	if (isStepEvent(event)) advanceStep(state, event, at);
	else advanceRun(state, event, at);
}

/** When the event was, counted from the beginning of its sitting by the clock that never jumps; never before the one before it. */
function steady(state: RunState, { type, ms }: RunEvent, wall: number): number {
	if (ms === undefined) return Math.max(wall, state.lastAt);
	if (type === 'run.resumed' || !state.sitting) state.sitting = { at: Math.max(wall, state.lastAt), ms };
	return Math.max(state.sitting.at + ms - state.sitting.ms, state.lastAt);
}

/** What cannot be read may be a write: whoever resumes an older run must know. */
function mayHaveWritten(state: RunState, at: number, offset: bigint | undefined): void {
	state.lastIntentAt = at;
	if (offset !== undefined) state.lastIntentOffset = offset;
}

type StepEvent = Extract<RunEvent, { type: `step.${string}` }>;

const isStepEvent = (event: RunEvent): event is StepEvent => event.type.startsWith('step.');

function advanceRun(state: RunState, event: Exclude<RunEvent, StepEvent>, at: number): void {
	if (event.type === 'run.unreadable') return;
	if (event.type === 'run.held') {
		state.held = { at, step: event.step };
		return;
	}
	if (event.type === 'hook.started') return;
	if (event.type === 'hook.ended') {
		const { hook, what, error } = event;
		state.hooks.push({ at, hook, what, ...(error && { error }) });
		return;
	}
	if (event.type !== 'run.heartbeat') delete state.held;
	if (event.type === 'run.released') {
		state.released = { at, by: event.by };
		return;
	}
	if (event.type === 'run.ended') {
		state.ended = { at, result: event.result, exit: event.exit, ...(event.error && { error: event.error }) };
		return;
	}
	state.operator = event.operator;
	if (event.type !== 'run.resumed') return;
	delete state.ended;
	if (event.consent) state.consent = { ...state.consent, ...event.consent };
	if (event.overridden && state.overridden) state.overridden = [...state.overridden, ...event.overridden];
	state.resumed.push({
		at,
		operator: event.operator,
		...(event.takeover !== undefined && { takeover: event.takeover }),
	});
}

function advanceStep(state: RunState, event: StepEvent, at: number): void {
	const step = state.steps.find((candidate) => candidate.step.id === event.step);
	if (!step) {
		state.unreadable = `step ${event.step} is not among the steps the run started with`;
		return;
	}
	switch (event.type) {
		case 'step.started':
			// A step tried again after it was done in part plans again; one that never ended keeps its intent.
			if (step.status === 'done') delete step.change;
			step.status = 'started';
			step.startedAt = at;
			delete step.endedAt;
			delete step.outcome;
			delete step.error;
			return;
		case 'step.intent':
			step.status = 'intent';
			step.intentAt ??= at;
			step.summary = event.summary;
			step.change = event.change;
			step.intents.push(event.change);
			state.written = true;
			return;
		case 'step.evidence':
			step.evidence.push(event.evidence);
			return;
		case 'step.done':
			step.status = 'done';
			step.endedAt = at;
			step.outcome = event.outcome;
			step.summary = event.summary;
			step.checks = event.checks;
			step.failures = event.failures ?? [];
			step.worldMayHaveChanged = false;
			delete step.error;
			if (event.outputName !== undefined) step.output = { name: event.outputName, value: event.output };
			return;
		case 'step.failed':
			step.status = 'failed';
			step.endedAt = at;
			step.error = event.error;
			step.checks = event.checks;
			step.worldMayHaveChanged = event.worldMayHaveChanged;
			if (event.retryInMs !== undefined) step.retried.push({ at, error: event.error });
	}
}

function notUnderstood(event: RunEvent, offset?: bigint): string | undefined {
	const where = offset === undefined ? 'an event' : `the event at offset ${offset}`;
	// Read from a journal that a newer kdr may have written: the type is a promise, not a fact.
	const { v, type, reason } = event as { v: unknown; type: unknown; reason?: unknown };
	if (type === 'run.unreadable') return String(reason);
	if (v !== 1) return `${where} has version ${String(v)}; this kdr knows version 1`;
	if (!knownTypes.has(String(type))) return `${where} is of a type this kdr does not know: ${String(type)}`;
	return undefined;
}
