/** What a kind of step tells the report about itself. */
export interface KindReport {
	/** Part of the move its time counts to: `stop`, `drain`, `offsets`, `dns`…; default: the kind's name. */
	phase?: string;
	/** `starts`: its first effect stops clients. `ends`: once it is done clients find the other cluster. */
	outage?: 'starts' | 'ends';
	/** What nobody looked at although a reader might believe so, one sentence each. */
	notMeasured?: readonly string[];
}

/** What the report asks of the registry of step kinds. */
export type ReportKinds = ReadonlyMap<string, { report?: KindReport }>;
