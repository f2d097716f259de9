import type { EstateName, LabState } from '../estate.ts';
import { eos } from './eos.ts';
import { home } from './home.ts';
import { newest } from './new.ts';
import type { Estate } from './shape.ts';

export const estates: Readonly<Record<EstateName, Estate>> = { home, new: newest, eos };

/** How this lab is built. */
export const estateOf = ({ estate }: Pick<LabState, 'estate'>): Estate => estates[estate];
