import type { EstateName, LabState } from '../estate.ts';
import { eos } from './eos.ts';
import { home } from './home.ts';
import { hostile } from './hostile.ts';
import { newest } from './new.ts';
import { old } from './old.ts';
import type { Estate } from './shape.ts';

export const estates: Readonly<Record<EstateName, Estate>> = { home, hostile, old, new: newest, eos };

/** How this lab is built. */
export const estateOf = ({ estate }: Pick<LabState, 'estate'>): Estate => estates[estate];
