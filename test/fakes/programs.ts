import type { ProgramEnd, ProgramOptions, Programs } from '../../src/ports/programs.ts';

/** Programs that only note what was run; `answer` says how one ends. */
export class FakePrograms implements Programs {
	readonly ran: { argv: readonly string[]; env: Readonly<Record<string, string>> }[] = [];
	answer: (argv: readonly string[], env: Readonly<Record<string, string>>) => ProgramEnd = () => ({
		code: 0,
		output: '',
	});

	async run(argv: readonly string[], { env }: ProgramOptions): Promise<ProgramEnd> {
		this.ran.push({ argv, env });
		return this.answer(argv, env);
	}
}
