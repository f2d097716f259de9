/** Words a kind of step had in earlier versions of kdr. Runbooks that use them get a warning, journals stay readable. */
export interface FormerWords {
	/** Earlier names of the kind. */
	formerly?: readonly string[];
	/** Earlier names of parameters → the names of today, and what an earlier value is today. */
	formerParams?: Readonly<Record<string, { name: string; value?: (given: unknown) => unknown }>>;
}

/** The parameters under their names of today. One that is given under both names stays as it is, and is refused as unknown. */
export function currentParams({ formerParams = {} }: FormerWords, params: Record<string, unknown>) {
	return Object.fromEntries(
		Object.entries(params).map(([name, value]) => {
			const current = formerParams[name];
			if (current === undefined || Object.hasOwn(params, current.name)) return [name, value];
			return [current.name, current.value ? current.value(value) : value];
		}),
	);
}

/** Kinds of step by name: found under earlier names too, listed once, under the name of today. */
export class KindsByName<K extends FormerWords & { kind: string }> extends Map<string, K> {
	readonly #formerly: ReadonlyMap<string, K>;

	constructor(kinds: readonly K[]) {
		super(kinds.map((kind) => [kind.kind, kind]));
		this.#formerly = new Map(kinds.flatMap((kind) => (kind.formerly ?? []).map((name) => [name, kind] as const)));
	}

	override get(name: string): K | undefined {
		return super.get(name) ?? this.#formerly.get(name);
	}
}
