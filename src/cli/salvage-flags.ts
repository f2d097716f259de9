import { Flags } from '@oclif/core';

/** Which records of the tail. */
export const salvageFlags = {
	topic: Flags.string({ multiple: true, helpValue: 'TOPIC', summary: 'Only this topic. Repeatable.' }),
	key: Flags.string({
		multiple: true,
		helpValue: 'KEY',
		summary: 'Only records with this key, as text or base64:… . Repeatable.',
	}),
};
