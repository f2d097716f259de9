import type { Binding } from './binding.ts';
import type { FenceDebt } from './debt.ts';

/** What kdr has put up and owes, as `kdr fence status` tells it. */
export interface FenceView {
	link: string;
	debts: FenceDebt[];
	sides: FenceSide[];
	/** Journals that could not be read: what is only there is not told. */
	missing: { alias: string; why: string }[];
}

export interface FenceSide {
	alias: string;
	/** Denials by kdr that are in place; null when the cluster did not answer. */
	made: Binding[] | null;
	/** Denials that say the same and were not made by kdr there. */
	copies: Binding[];
	/** Denials kdr made that somebody else has removed. */
	gone: Binding[];
}
