import { Flags } from '@oclif/core';

/** Which of the records left behind. */
export const salvageFlags = {
	topic: Flags.string({ multiple: true, helpValue: 'TOPIC', summary: 'Only this topic; may be given more than once.' }),
	key: Flags.string({
		multiple: true,
		helpValue: 'KEY',
		summary: 'Only records with this key, as text or base64:…; may be given more than once.',
	}),
};
