import type { Fault, FaultInput, Operation } from './options.ts';
import { faultSchema } from './options.ts';

/** What is to go wrong, in order; each fault is used up by the requests it hits. */
export interface FaultScript {
	add(faults: readonly FaultInput[]): void;
	clear(): void;
	list(): Fault[];
	/** The fault that hits a request of this operation, if any, counted as used. */
	take(operation: Operation): Fault | null;
}

export function faultScript(first: readonly FaultInput[]): FaultScript {
	let faults: Fault[] = [];
	const add = (more: readonly FaultInput[]): void => {
		faults.push(...more.map((fault) => faultSchema.parse(fault)));
	};
	add(first);
	return {
		add,
		clear: () => {
			faults = [];
		},
		list: () => structuredClone(faults),
		take(operation) {
			const fault = faults.find(
				(each) => (each.operation === operation || each.operation === 'any') && each.after-- <= 0,
			);
			if (fault === undefined) return null;
			fault.times--;
			faults = faults.filter((each) => each.times > 0);
			return fault;
		},
	};
}
