import type { Claim } from '../claim.ts';

/** The connectors of a link in both directions, as `kdr mirror status` tells them. */
export interface MirrorView {
	link: string;
	/** `east → west` directions whose source connector runs. */
	flows: { source: string; target: string }[];
	connectors: ConnectorView[];
	/** Of somebody else, between the same clusters: they take no topic of the link. */
	others: Pick<ConnectorView, 'name' | 'role' | 'source' | 'target' | 'state'>[];
	/** Connect clusters that did not answer. */
	unreachable: { alias: string; why: string }[];
}

export interface ConnectorView {
	name: string;
	role: 'source' | 'checkpoint' | 'heartbeat';
	source: string;
	target: string;
	/** As Connect names it, or `missing`. */
	state: string;
	tasks: { running: number; all: number };
	/** Of source connectors: partitions with a position. */
	partitions?: Claim<number>;
	/** First line of the trace of a failed task. */
	trace?: string;
}
