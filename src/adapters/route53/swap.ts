import type { ResourceRecordSet } from '@aws-sdk/client-route-53';
import { type DnsRecord, describeRecord, sameRecord } from '../../domain/dns/record.ts';
import { KdrError } from '../../domain/errors/kdr-error.ts';
import type { Route53Api } from './api.ts';
import { classify, type Failure, failureError } from './failure.ts';
import type { Pace } from './pace.ts';

/** A record and how Route 53 spells it: DELETE must give it back to the letter. */
export interface FoundRecord {
	raw: ResourceRecordSet;
	record: DnsRecord;
}

interface Means {
	find(name: string, type: DnsRecord['type']): Promise<FoundRecord | null>;
	api: Route53Api;
	pace: Pace;
}

/**
 * Compare and swap. Every try begins with reading the record, so a try whose answer was lost is settled by what is there: wanted means
 * done, old means the batch may be sent again (it deletes the exact old record, so of all tries at most one can ever have an effect).
 */
export async function swapRecord(means: Means, from: DnsRecord, to: DnsRecord): Promise<{ changeId: string | null }> {
	const tried: Tried = { doubt: null, refusals: 0, silences: 0 };
	for (;;) {
		const found = await readBack(means, from, tried);
		const record = found?.record ?? null;
		if (record !== null && sameRecord(record, to)) return { changeId: null };
		if (found === null || !sameRecord(found.record, from)) throw unexpected(from, record, tried);
		if (tried.over)
			throw unknownOutcome(from, tried.over, 'the record still is the old one, but the request may yet be carried out');
		try {
			return { changeId: await means.api.replace(found.raw, recordSet(to), means.pace.signal()) };
		} catch (error) {
			const failure = classify(error);
			note(tried, failure);
			if (worthAgain(tried, failure) && (await again(means.pace))) continue;
			if (tried.doubt === null)
				throw failureError(failure, `changing ${from.name} ${from.type} to ${describeRecord(to)}`);
			tried.over = tried.doubt;
		}
	}
}

interface Tried {
	/** A try that may have been done, or may still be. */
	doubt: Failure | null;
	refusals: number;
	silences: number;
	/** Set when there will be no further try: the doubt that a last look at the record must settle. */
	over?: Failure;
}

function note(tried: Tried, failure: Failure): void {
	if (failure.kind === 'lost') tried.doubt = failure;
	if (failure.kind === 'batch-refused') tried.refusals++;
	if (failure.kind === 'unreachable') tried.silences++;
}

/** A refused batch is sent again: somebody may have changed the record to and fro between reading and writing. */
function worthAgain(tried: Tried, failure: Failure): boolean {
	if (failure.kind === 'batch-refused') return tried.refusals < 2;
	if (failure.kind === 'unreachable') return tried.silences < 3;
	return failure.kind === 'throttled' || failure.kind === 'busy' || failure.kind === 'lost';
}

const again = (pace: Pace): Promise<boolean> => pace.again().catch(() => false);

async function readBack(means: Means, from: DnsRecord, tried: Tried): Promise<FoundRecord | null> {
	try {
		return await means.find(from.name, from.type);
	} catch (error) {
		if (tried.doubt === null) throw error;
		throw unknownOutcome(from, tried.doubt, 'reading the record back failed too', error);
	}
}

function unknownOutcome(from: DnsRecord, doubt: Failure, why: string, cause: unknown = doubt.cause): KdrError {
	const message = `${from.name} ${from.type} may or may not have changed: Route 53 did not answer (${doubt.text}), and ${why}.`;
	return new KdrError('KDR_OUTCOME_UNKNOWN', message, {
		hint: 'look at the record before you continue: kdr dns show',
		details: { name: from.name, type: from.type, expected: describeRecord(from), said: doubt.text },
		worldMayHaveChanged: true,
		cause,
	});
}

function unexpected(from: DnsRecord, found: DnsRecord | null, tried: Tried): KdrError {
	const [expected, observed] = [describeRecord(from), describeRecord(found)];
	const message = `Someone else changed ${from.name} ${from.type}: expected ${expected}, found ${observed}.`;
	return new KdrError('KDR_DNS_UNEXPECTED_VALUE', message, {
		hint: 'find out who changed it, then plan again: kdr dns show',
		details: { name: from.name, type: from.type, expected, found: observed },
		worldMayHaveChanged: tried.doubt !== null,
	});
}

const recordSet = (record: DnsRecord): ResourceRecordSet => ({
	Name: record.name,
	Type: record.type,
	TTL: record.ttl,
	ResourceRecords: record.values.map((value) => ({ Value: value })),
});
