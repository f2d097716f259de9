/**
 * The ledger's files: `<lab dir>/ledger/<client>.<run>.ndjson`, one per client of the traffic, append-only. The first line is
 * the header; times are milliseconds since the epoch and never go back within a file; offsets are decimal strings.
 */
export type LedgerEvent = SessionEvent | ProducerEvent | ConsumerEvent;

/** First line of a file: whose it is. */
export interface ActorHeader {
	e: 'actor';
	t: number;
	role: 'producer' | 'consumer';
	/** Name of the client, the same in every run of the traffic. */
	client: string;
	/** Consumers only. */
	group?: string;
	topics: string[];
}

/** From here on the client is connected to the cluster with this id, as that cluster itself says. */
export interface SessionEvent {
	e: 'session';
	t: number;
	cluster: string;
}

export type ProducerEvent =
	/** Written before the record is handed to the client library. `seq` rises with the order of sending, over all runs of the client. Ids are never used twice. */
	| {
			e: 'invoke';
			t: number;
			id: string;
			seq: number;
			topic: string;
			partition: number;
			key: string | null;
			tx?: number;
	  }
	| { e: 'ok'; t: number; id: string; offset: string }
	/** Definite: the record was refused. */
	| { e: 'fail'; t: number; id: string; error: string }
	/** No answer: the record may be there or not; both are legal. */
	| { e: 'info'; t: number; id: string; error: string }
	| { e: 'tx-begin'; t: number; tx: number; intent: 'commit' | 'abort' }
	/** `aborted`: commit was never asked for. `info`: it was, and no answer was seen. */
	| { e: 'tx-end'; t: number; tx: number; outcome: 'committed' | 'aborted' | 'info' };

export type ConsumerEvent =
	| { e: 'assigned' | 'revoked'; t: number; partitions: [topic: string, partition: number][] }
	/** Written before the commit that covers it is sent. */
	| { e: 'processed'; t: number; id: string; topic: string; partition: number; offset: string }
	| { e: 'commit'; t: number; topic: string; partition: number; offset: string; outcome: 'ok' | 'fail' | 'info' };

/** All that one client wrote during one run. */
export interface ActorFile {
	header: ActorHeader;
	events: Iterable<LedgerEvent>;
}
