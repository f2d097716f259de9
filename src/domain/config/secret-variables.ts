/** Names of the variables that a configuration takes secrets from: `{ env: NAME }`, wherever it is. */
export function secretVariables(config: unknown): Set<string> {
	if (typeof config !== 'object' || config === null) return new Set();
	const { env } = config as { env?: unknown };
	const own = typeof env === 'string' ? [env] : [];
	return new Set([...own, ...Object.values(config).flatMap((part) => [...secretVariables(part)])]);
}
