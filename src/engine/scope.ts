import type { Check } from '../domain/check.ts';
import { KdrError } from '../domain/errors/kdr-error.ts';
import { overrideName } from '../domain/plan/override.ts';
import { scopeChanges, scopeOf, withScope } from '../domain/run/scope.ts';
import type { RunState } from '../domain/run/state.ts';
import type { EngineEnv } from './env.ts';
import { sentence } from './poll.ts';
import { tell } from './recorder.ts';

/** The id of the finding that kdr.yaml is another one than the run was started with. */
export const configChanged = 'config-changed';

/**
 * The surroundings for work on a run that was started before: with the scope it froze, whatever kdr.yaml says by now. Throws
 * KDR_CONFIG_CHANGED where the two differ and nobody agreed to that.
 */
export function inScope(
	env: EngineEnv,
	{ scope, run, startedBy }: Pick<RunState, 'scope' | 'run' | 'startedBy'>,
	consent: Readonly<Record<string, string>> = {},
): EngineEnv {
	if (!scope) {
		const text = `run ${run} was started by an older kdr (${startedBy.version}), which did not record its scope: kdr.yaml counts as it is now`;
		tell(env, { type: 'progress', step: 'scope', text });
		return env;
	}
	const checks = scopeChanges(scope, scopeOf(env.link)).map(
		({ path, started, now }): Check => ({
			code: configChanged,
			status: 'block',
			what: path,
			observed: now,
			wanted: started,
		}),
	);
	if (checks.length > 0 && consent[overrideName(configChanged)] === undefined) {
		throw new KdrError(
			'KDR_CONFIG_CHANGED',
			`kdr.yaml is not what run ${run} was started with: ${checks.map(sentence).join('; ')}`,
			{
				hint: `put kdr.yaml back, or continue with what the run was started with: --override ${configChanged}=REASON`,
				details: { checks, run },
			},
		);
	}
	return { ...env, link: withScope(env.link, scope) };
}
