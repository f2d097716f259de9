/** Environment variables kdr reads besides the overrides `KDR_CLUSTERS__…` and `KDR_LINKS__…`. */
export const documentedVariables: Record<string, string> = {
	KDR_CONFIG: 'path of kdr.yaml; the flag wins',
	KDR_LINK: 'name of the link; the flag wins',
};

/** Variables of these beginnings belong to others: the lab, tests. */
const otherPrefixes = ['KDR_LAB_', 'KDR_TEST_'];

export const isDocumented = (name: string): boolean =>
	Object.hasOwn(documentedVariables, name) || otherPrefixes.some((prefix) => name.startsWith(prefix));
