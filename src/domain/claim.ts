/**
 * A number kdr prints: exact or an upper bound, with how it is known, or `unknown` with why.
 * Unknown is never zero, never passes a gate (design: "a claim is a bound with its proof").
 */
export type Claim<T> =
	| { kind: 'exact'; value: T; evidence: string }
	| { kind: 'at-most'; value: T; evidence: string }
	| { kind: 'unknown'; reason: string };

export const exactly = <T>(value: T, evidence: string): Claim<T> => ({ kind: 'exact', value, evidence });
export const atMost = <T>(value: T, evidence: string): Claim<T> => ({ kind: 'at-most', value, evidence });
export const unknown = <T>(reason: string): Claim<T> => ({ kind: 'unknown', reason });

/** The sum of claims: unknown if any part is, a bound if any part is one. */
export function sumClaims(claims: readonly Claim<bigint>[], evidence: string): Claim<bigint> {
	let total = 0n;
	let bounded = false;
	for (const claim of claims) {
		if (claim.kind === 'unknown') return claim;
		if (claim.kind === 'at-most') bounded = true;
		total += claim.value;
	}
	return bounded ? atMost(total, evidence) : exactly(total, evidence);
}
