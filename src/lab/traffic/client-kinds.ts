/** Kinds of clients the traffic can have. */
export const clientKinds = ['kafkajs', 'java', 'librdkafka', 'hasty', 'stubborn', 'open-transaction'] as const;
export type ClientKind = (typeof clientKinds)[number];

/** Those of an ordinary estate. */
export const usualClients: readonly ClientKind[] = ['kafkajs', 'java'];
