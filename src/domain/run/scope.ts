import type { LinkConfig } from '../config/link.ts';

/**
 * What a run works on: the parts of a link that decide what is changed, and for whom. A run freezes it when it starts. How servers
 * are reached, logins, objectives and waits are not in it: they may differ between two machines.
 */
export interface Scope extends Pick<LinkConfig, 'clusters' | 'topics' | 'groups' | 'rules'> {
	mirror: Omit<LinkConfig['mirror'], 'foreign'>;
	dns: Pick<LinkConfig['dns'], 'driver' | 'zone' | 'name' | 'type' | 'ttl' | 'values'>;
	fence: Omit<LinkConfig['fence'], 'canary' | 'still'>;
}

/** Pure. */
export function scopeOf({ clusters, topics, groups, mirror, dns, fence, rules }: LinkConfig): Scope {
	const { foreign: _foreign, ...mirrored } = mirror;
	const { driver, zone, name, type, ttl, values } = dns;
	const { canary: _canary, still: _still, ...fenced } = fence;
	return {
		...{ clusters, topics, groups },
		mirror: mirrored,
		dns: { driver, zone, name, type, ttl, values },
		fence: fenced,
		...(rules && { rules }),
	};
}

/** The link of kdr.yaml as a run knows it: the frozen scope, and everything else as it is now. */
export function withScope(link: LinkConfig, scope: Scope): LinkConfig {
	const { canary, still } = link.fence;
	const { foreign } = link.mirror;
	const { rules: _rules, ...now } = link;
	return {
		...now,
		...scope,
		mirror: { ...scope.mirror, ...(foreign && { foreign }) },
		dns: { ...link.dns, ...scope.dns },
		fence: { ...scope.fence, ...(canary && { canary }), ...(still !== undefined && { still }) },
	};
}

/** One part of a scope that differs. */
interface ScopeChange {
	/** e.g. `dns.values.west`. */
	path: string;
	/** As JSON; `absent` where there is none. */
	started: string;
	now: string;
}

/** Pure: in which parts the two differ, in the order of the frozen one. */
export function scopeChanges(started: Scope, now: Scope): ScopeChange[] {
	return changesOf('', started, now);
}

function changesOf(path: string, started: unknown, now: unknown): ScopeChange[] {
	if (!isObject(started) || !isObject(now)) {
		const [before, after] = [shown(started), shown(now)];
		return before === after ? [] : [{ path, started: before, now: after }];
	}
	const keys = [...new Set([...Object.keys(started), ...Object.keys(now)])];
	return keys.flatMap((key) => changesOf(path === '' ? key : `${path}.${key}`, started[key] ?? {}, now[key] ?? {}));
}

const isObject = (value: unknown): value is Record<string, unknown> =>
	typeof value === 'object' && value !== null && !Array.isArray(value);

const shown = (value: unknown): string =>
	isObject(value) && Object.keys(value).length === 0 ? 'absent' : JSON.stringify(value);
