import { z } from 'zod';
import { type OutputName, type Outputs, outputSchemas } from './outputs.ts';
import type { RunState } from './state.ts';

/** What a journalled run handed on under that name; null when it never came so far. */
export function outputOf<N extends OutputName>({ steps }: RunState, name: N): Outputs[N] | null {
	const recorded = steps.findLast(({ output }) => output?.name === name)?.output;
	return recorded ? (z.decode(outputSchemas[name] as z.ZodType, recorded.value) as Outputs[N]) : null;
}
