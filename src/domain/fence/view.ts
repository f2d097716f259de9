import type { AclBinding } from './binding.ts';
import type { FenceDebt } from './debt.ts';

/** What kdr has set and owes, as `kdr fence status` prints it. */
export interface FenceView {
	link: string;
	debts: FenceDebt[];
	sides: FenceSide[];
	/** Journals that could not be read: what is only there is missing here. */
	missing: { alias: string; why: string }[];
}

export interface FenceSide {
	alias: string;
	/** Denials by kdr that are in place; null when the cluster did not answer. */
	made: AclBinding[] | null;
	/** Denials that say the same and were not made by kdr there. */
	copies: AclBinding[];
	/** Denials kdr made that somebody else has removed. */
	gone: AclBinding[];
	/** Users that kdr's brake is on, and what they had before; null: none. */
	braked: { user: string; now: number; before: number | null }[];
	/** What the program that looks says; null: the link has none, or it could not be asked. */
	byProgram: boolean | null;
	/** A person has said that the fence is up, and nobody since that it is down. */
	byPerson: boolean;
}
