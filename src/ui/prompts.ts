import { KdrError } from '../domain/errors/kdr-error.ts';
import { screenOf } from './screen.ts';
import { wrapped } from './words.ts';

/** Asks a person; a test has its own. */
interface Asking {
	ask(question: string): Promise<string>;
}

/** Whether a person can be asked: both ends are a terminal, and nothing says otherwise. Piped input is no consent. */
export function canAsk(options: {
	input: boolean;
	json: boolean;
	env: Readonly<Record<string, string | undefined>>;
}): boolean {
	return (
		options.input && !options.json && !options.env.CI && process.stdin.isTTY === true && process.stderr.isTTY === true
	);
}

/** Asks on stderr, so that stdout stays the result's. Loads inquirer with the first question. */
export function terminalPrompter(signal: AbortSignal): Asking {
	return {
		async ask(question) {
			const { createPromptModule } = (await import('inquirer')).default;
			const prompt = createPromptModule({ input: process.stdin, output: process.stderr, signal });
			try {
				const { answer } = await prompt<{ answer: string }>([
					{ type: 'input', name: 'answer', message: broken(question) },
				]);
				return answer.trim();
			} catch (cause) {
				signal.throwIfAborted();
				throw new KdrError('KDR_DECLINED', 'no answer was given', { hint: 'Nothing was changed.', cause });
			}
		},
	};
}

/** Between words, beside the mark of inquirer. */
const broken = (question: string): string =>
	wrapped('  ', question, screenOf(process.stderr, process.env).width).join('\n').trimStart();

/** One question; anything else than the exact name is no consent. @throws KDR_DECLINED */
export async function typeTheName(prompter: Asking, question: string, expected: string): Promise<void> {
	const typed = await prompter.ask(question);
	if (typed === expected) return;
	throw new KdrError('KDR_DECLINED', typed === '' ? 'nothing was typed' : 'what was typed is not the name asked for', {
		hint: `Nothing was changed. The name is ${expected}.`,
	});
}
