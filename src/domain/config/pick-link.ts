import { KdrError } from '../errors/kdr-error.ts';
import type { KdrConfig, LinkConfig } from './link.ts';
import { nearest } from './nearest.ts';

/** The link called `name`, or the only one there is. Throws KDR_LINK_UNKNOWN. */
export function pickLink(config: KdrConfig, name?: string): LinkConfig {
	const names = Object.keys(config.links);
	if (name === undefined) {
		const only = names.length === 1 ? config.links[names[0] ?? ''] : undefined;
		if (only) return apart(only, config);
		throw new KdrError('KDR_LINK_UNKNOWN', `kdr.yaml has ${names.length} links; say which one`, {
			details: { links: names },
		});
	}
	const link = Object.hasOwn(config.links, name) ? config.links[name] : undefined;
	if (link) return apart(link, config);
	const close = nearest(name, names);
	throw new KdrError('KDR_LINK_UNKNOWN', `there is no link ${name} in kdr.yaml`, {
		details: { links: names, ...(close !== undefined && { near: close }) },
	});
}

/** Links may share their two clusters: each has its own connectors, and leaves those of the others alone. */
function apart(link: LinkConfig, { links }: KdrConfig): LinkConfig {
	const own = new Set(connectorsNamed(link));
	const others = Object.values(links).filter(({ clusters }) =>
		clusters.every((alias) => link.clusters.includes(alias)),
	);
	const foreign = others.flatMap(connectorsNamed).filter((name) => !own.has(name));
	return foreign.length === 0 ? link : { ...link, mirror: { ...link.mirror, foreign } };
}

const connectorsNamed = ({ mirror }: LinkConfig): string[] =>
	Object.values(mirror.connectors).flatMap((names) => Object.values(names).flat());
