import type { z } from 'zod';
import type { Role } from '../run/events.ts';
import type { OutputName } from '../run/outputs.ts';
import type { FormerWords } from './former-words.ts';

/** What compiling needs to know of a kind of step. */
export interface KindShape extends FormerWords {
	/** Absent: it has no earlier names. */
	kind?: string;
	type?: 'change' | 'gate';
	params: z.ZodType;
	uses?: readonly OutputName[];
	produces?: OutputName;
	fixedTimeout?: string;
	role?: Role;
	/** Steps of this kind may be hooks. */
	mayBeHook?: true;
	/** Waits for a person: of steps at the same time only one may. */
	asksPerson?: true;
	undo?: {
		none?: string;
		/** Why a step with these parameters cannot be undone; undefined: it can. */
		lacks?: (params: never) => string | undefined;
	};
}

export type Kinds = ReadonlyMap<string, KindShape>;
