// Math.min and Math.max take no bigint.

export const min = (a: bigint, b: bigint): bigint => (b < a ? b : a);
export const max = (a: bigint, b: bigint): bigint => (b > a ? b : a);

/** `value`, or the limit that it is beyond. */
export const clamp = (value: bigint, low: bigint, high: bigint): bigint => max(low, min(value, high));
