/** The later of two offsets or times. */
export const later = (a: bigint, b: bigint): bigint => (a > b ? a : b);
