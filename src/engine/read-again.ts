import { asKdrError, type KdrError } from '../domain/errors/kdr-error.ts';
import { noAnswer } from './no-answer.ts';

interface ReadAgain {
	/** Called before each further try; throws what must end the tries. */
	again(error: KdrError): void;
	/** Gets a sentence on what had no answer. */
	progress(text: string): void;
}

const tries = 3;

/** What a busy or restarting broker does not answer is asked twice more: reading is safe, and a refusal or a halt in mid-outage costs more. */
export async function readAgain<T>(read: () => Promise<T>, { again, progress }: ReadAgain): Promise<T> {
	for (let tried = 1; ; tried++) {
		try {
			return await read();
		} catch (thrown) {
			const error = asKdrError(thrown);
			if (tried === tries || !noAnswer.has(error.code)) throw thrown;
			again(error);
			progress(`asking again: ${error.message}`);
		}
	}
}
