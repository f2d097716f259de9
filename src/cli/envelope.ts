import type { KdrError } from '../domain/errors/kdr-error.ts';
import { hintOf } from '../ui/hints.ts';

/** What `--json` prints, on success and on failure; `id`: the command as oclif names it (`runs:list`). */
export function envelope(id: string, data: unknown, warnings: readonly string[], error: KdrError | null) {
	return {
		schema: `kdr/${id.replaceAll(':', '-')}/v1`,
		command: id.replaceAll(':', ' '),
		ok: error === null,
		data,
		warnings,
		error: error && {
			code: error.code,
			message: error.message,
			hint: hintOf(error) ?? null,
			source: error.source,
			details: error.details,
		},
	};
}
