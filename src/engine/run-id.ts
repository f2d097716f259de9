import { randomBytes } from 'node:crypto';

/** Short enough to type, long enough not to meet again: 8 hexadecimal digits. */
export const newRunId = (): string => randomBytes(4).toString('hex');
