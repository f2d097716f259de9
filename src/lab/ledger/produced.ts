import type { ActorHeader, LedgerEvent } from './events.ts';

/** One record as its producer saw it. */
export interface Produced {
	id: string;
	client: string;
	seq: number;
	topic: string;
	partition: number;
	key: string | null;
	/** `acked`: answered, and its transaction, if any, committed. `maybe`: may be there or not. `never`: must not be seen. */
	outcome: 'acked' | 'maybe' | 'never';
	/** When and by which cluster it was acked; 0 and null otherwise. */
	ackedAt: number;
	cluster: string | null;
}

type Sent = Produced & { answer: 'ok' | 'fail' | 'info' | null; tx: Transaction | null };
type Transaction = { intent: 'commit' | 'abort'; outcome: 'committed' | 'aborted' | 'info' | null; endedAt: number };

/** What one file of a producer says about each of its records. */
export function* producedIn(header: ActorHeader, events: Iterable<LedgerEvent>): Generator<Produced> {
	const sent = new Map<string, Sent>();
	const transactions = new Map<number, Transaction>();
	let cluster: string | null = null;
	for (const event of events) {
		if (event.e === 'session') cluster = event.cluster;
		else if (event.e === 'tx-begin') transactions.set(event.tx, { intent: event.intent, outcome: null, endedAt: 0 });
		else if (event.e === 'tx-end') endTransaction(transactions.get(event.tx), event);
		else if (event.e === 'invoke') {
			const { id, seq, topic, partition, key } = event;
			const tx = event.tx === undefined ? null : (transactions.get(event.tx) ?? null);
			const record = { id, client: header.client, seq, topic, partition, key };
			sent.set(id, { ...record, outcome: 'maybe', ackedAt: 0, cluster, answer: null, tx });
		} else if (event.e === 'ok' || event.e === 'fail' || event.e === 'info') {
			const record = sent.get(event.id);
			if (record) Object.assign(record, { answer: event.e, ackedAt: event.e === 'ok' ? event.t : 0 });
		}
	}
	for (const { answer, tx, ...record } of sent.values()) yield { ...record, ...judged(record, answer, tx) };
}

function endTransaction(
	transaction: Transaction | undefined,
	end: { t: number; outcome: 'committed' | 'aborted' | 'info' },
): void {
	if (transaction) Object.assign(transaction, { outcome: end.outcome, endedAt: end.t });
}

function judged(
	record: Produced,
	answer: Sent['answer'],
	tx: Transaction | null,
): Pick<Produced, 'outcome' | 'ackedAt' | 'cluster'> {
	if (answer === 'fail' || tx?.intent === 'abort' || tx?.outcome === 'aborted')
		return { outcome: 'never', ackedAt: 0, cluster: null };
	const acked = answer === 'ok' && (tx === null || tx.outcome === 'committed');
	if (!acked) return { outcome: 'maybe', ackedAt: 0, cluster: null };
	return { outcome: 'acked', ackedAt: tx?.endedAt ?? record.ackedAt, cluster: record.cluster };
}
