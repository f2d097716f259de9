import { expect } from 'vitest';
import { z } from 'zod';
import type { LinkConfig } from '../../src/domain/config/link.ts';
import type { EngineEvent } from '../../src/domain/run/engine-event.ts';
import type { ItemFailure, Operator, RunStep } from '../../src/domain/run/events.ts';
import { int64 } from '../../src/domain/run/outputs.ts';
import type { EngineEnv, Registry, RunRequest } from '../../src/engine/env.ts';
import { type AnyKind, changeKind, gateKind, type StepContext, type StepIo } from '../../src/steps/kind.ts';
import { FakeClock } from '../fakes/clock.ts';
import { FakeJournal } from '../fakes/journal.ts';
import type { CrashSubject } from './crash.ts';

/** A world of named numbers, and everything that was ever done to it. */
export class ToyWorld {
	readonly values = new Map<string, bigint>();
	/** Every effect that changed something: `key=value`. */
	readonly effects: string[] = [];
	/** Every call of apply. */
	readonly applied: string[] = [];
	readonly clock = new FakeClock();
	readonly journal = new FakeJournal(this.clock);
	/** How often somebody became the journal's writer, and fenced whoever was before. */
	opened = 0;
	/** Items that refuse to be set. */
	readonly refusing = new Set<string>();
	/** Keys whose new value never shows. */
	readonly deaf = new Set<string>();

	constructor() {
		this.journal.wrapWriter = (writer) => {
			this.opened++;
			// Through JSON, as on the wire: what does not survive it must not be in an event.
			return { ...writer, append: (run, events) => writer.append(run, JSON.parse(JSON.stringify(events))) };
		};
	}

	/** The journal by event type, steps with their id. */
	eventNames(): string[] {
		return this.journal.entries.map(({ event }) =>
			'step' in event && event.step !== undefined ? `${event.type} ${event.step}` : event.type,
		);
	}

	set(key: string, value: bigint): void {
		if (this.values.get(key) === value || this.deaf.has(key)) return;
		this.values.set(key, value);
		this.effects.push(`${key}=${value}`);
	}
}

const summary = (what: string) => ({ what, now: 'before', after: 'after', undo: 'set back' });
const setParams = z.strictObject({
	key: z.string(),
	items: z.array(z.string()).default([]),
	to: z.number().default(1),
});
type SetParams = z.infer<typeof setParams>;
const setChange = z.object({ keys: z.array(z.string()), value: int64 });
type SetChange = z.infer<typeof setChange>;
type Values = Map<string, bigint>;

const keysOf = ({ key, items }: SetParams): string[] =>
	items.length > 0 ? items.map((item) => `${key}/${item}`) : [key];
const behind = (facts: Values, params: SetParams): string[] =>
	keysOf(params).filter((key) => facts.get(key) !== BigInt(params.to));

export interface ToyHooks {
	/** Runs inside apply, before its effect. */
	onApply?(key: string, ctx: StepContext): void | Promise<void>;
	/** Runs in each observation of a gate. */
	onAsk?(key: string): void;
}

/** `set` changes values, `measure` hands on an output, `use` needs it, `wait` is a gate, `ask` one that is asked again. */
export function toyKinds(world: ToyWorld, hooks: ToyHooks = {}): Registry {
	const set = changeKind<SetParams, Values, SetChange>({
		type: 'change',
		kind: 'set',
		purpose: 'set values',
		params: setParams,
		change: setChange,
		grants: () => [],
		settleMs: 2_000,
		observe: async () => new Map(world.values),
		check: (facts) => [
			{
				code: 'not-bad',
				status: facts.has('bad') ? 'block' : 'pass',
				what: 'bad',
				observed: facts.has('bad') ? 'there' : 'absent',
			},
		],
		plan(facts, params) {
			const keys = behind(facts, params);
			return {
				change: keys.length > 0 ? { keys, value: BigInt(params.to) } : null,
				summary: summary(`set ${params.key}`),
			};
		},
		async apply({ keys, value }, _io, ctx) {
			world.applied.push(keys.join());
			const failed: ItemFailure[] = [];
			for (const key of keys) {
				await ctx.assertHeld?.();
				await hooks.onApply?.(key, ctx);
				if (world.refusing.has(key)) failed.push({ item: key, code: 'KDR_GROUP_ACTIVE', message: 'has members' });
				else world.set(key, value);
			}
			return failed;
		},
		verify(facts, _change, params, _cx, failed) {
			const left = behind(facts, params).filter((key) => !failed.some(({ item }) => item === key));
			return [
				{
					code: 'set',
					status: left.length > 0 ? 'block' : 'pass',
					what: params.key,
					observed: left.join() || 'as wanted',
				},
			];
		},
		undo: { none: 'a toy' },
	});
	const waitParams = z.strictObject({ key: z.string(), within: z.number().default(5_000) });
	const gate = (kind: string, askAgain: boolean) =>
		gateKind<z.infer<typeof waitParams>, Values>({
			type: 'gate',
			kind,
			purpose: 'wait for a value',
			params: waitParams,
			askAgain,
			async observe({ key }) {
				hooks.onAsk?.(key);
				return new Map(world.values);
			},
			check: (facts, { key }) => [
				{
					code: 'KDR_NOT_DRAINED',
					status: facts.get(key) === 1n ? 'pass' : 'block',
					what: key,
					observed: String(facts.get(key) ?? 'absent'),
					wanted: '1',
				},
			],
			summary: (_facts, { key }) => summary(`wait for ${key}`),
			byHand: () => ({ commands: [], see: 'nothing' }),
			waitMs: ({ within }) => within,
		});
	const measure = gateKind<object, object, 'loss'>({
		type: 'gate',
		kind: 'measure',
		purpose: 'measure',
		params: z.strictObject({}),
		produces: 'loss',
		observe: async () => ({}),
		check: () => [],
		summary: () => summary('measure'),
		byHand: () => ({ commands: [], see: 'nothing' }),
		waitMs: () => 0,
		output: () => ({ recordsAtMost: 7n, msAtMost: 40, evidence: 'counted', worst: null }),
	});
	const use = { ...set, kind: 'use', uses: ['loss'] as const, params: z.strictObject({ key: z.string() }) };
	const usePlan = { ...use, plan: planFromOutput, verify: verifyOutput };
	return new Map<string, AnyKind>(
		[set, gate('wait', false), gate('ask', true), measure, usePlan].map((kind): [string, AnyKind] => [kind.kind, kind]),
	);
}

function planFromOutput(facts: Values, { key }: { key: string }, ctx: StepContext) {
	const value = ctx.output('loss')?.recordsAtMost ?? (ctx.preview ? 0n : -1n);
	return { change: facts.get(key) === value ? null : { keys: [key], value }, summary: summary(`use ${key}`) };
}

function verifyOutput(facts: Values, change: SetChange | null, { key }: { key: string }) {
	const good = change === null || facts.get(key) === change.value;
	return [
		{
			code: 'used',
			status: good ? ('pass' as const) : ('block' as const),
			what: key,
			observed: String(facts.get(key)),
		},
	];
}

export const operator = (user: string, pid = 1): Operator => ({ user, host: 'bastion', pid, version: '0.1.0' });

export interface ToyRun {
	env: EngineEnv;
	events: EngineEvent[];
	abort: AbortController;
	/** Lets the heartbeat beat. */
	beat(): void;
}

const toyLink: LinkConfig = {
	name: 'orders',
	clusters: ['east', 'west'],
	topics: ['orders'],
	groups: { include: ['.*'], exclude: [] },
	mirror: { driver: 'connect', connectors: {} },
	dns: {
		driver: 'route53',
		zone: 'Z1',
		name: 'kafka.example.com.',
		type: 'A',
		ttl: 5,
		region: 'us-east-1',
		values: { east: ['127.0.1.1'], west: ['127.0.2.1'] },
	},
	fence: { driver: ['acl'] },
	objectives: { rpo: 1_000, rto: 60_000 },
};

/** An engine's surroundings over the toy world: one process. */
export function toyEnv(world: ToyWorld, changes: Partial<EngineEnv> = {}, hooks: ToyHooks = {}): ToyRun {
	const events: EngineEvent[] = [];
	const abort = new AbortController();
	let beat = () => {};
	const env: EngineEnv = {
		io: {} as StepIo,
		link: toyLink,
		registry: toyKinds(world, hooks),
		journal: world.journal,
		clock: world.clock,
		listener: (event) => void events.push(event),
		consent: async () => ({}),
		signal: abort.signal,
		operator: operator('ana'),
		fromAlive: true,
		ticker: (_ms, tick) => {
			beat = tick;
			return () => {};
		},
		...changes,
	};
	return { env, events, abort, beat: () => beat() };
}

export function toyRequest(steps: RunStep[], changes: Partial<RunRequest> = {}): RunRequest {
	return {
		run: '7f3a',
		move: { link: 'orders', from: 'east', to: 'west', mode: 'switchover' },
		command: 'kdr switchover --to west',
		steps,
		consent: {},
		clusterIds: { west: 'W' },
		...changes,
	};
}

export const setStep = (id: string, more: Partial<RunStep> = {}): RunStep => ({
	id,
	kind: 'set',
	params: { key: id },
	...more,
});

let processes = 0;

/** Steps to be killed at every point: each process is an operator of its own, and no effect may happen twice. */
export const toySubject = (steps: RunStep[]) =>
	({
		world: () => new ToyWorld(),
		env(world, crasher) {
			const { env } = toyEnv(world, { operator: operator('ana', ++processes) });
			const registry = toyKinds(world, { onApply: (key) => crasher.around(`setting ${key}`, async () => {}) });
			return { ...env, registry };
		},
		request: toyRequest(steps),
		afterCrash: (world) => world.clock.advance(20_000),
		picture: (world) => [...world.values],
		inspect(world, crash) {
			expect(new Set(world.effects).size, `effects after ${crash}: ${world.effects.join(' ')}`).toBe(
				world.effects.length,
			);
		},
	}) satisfies CrashSubject<ToyWorld>;
