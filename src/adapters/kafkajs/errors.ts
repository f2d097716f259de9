import { KdrError } from '../../domain/errors/kdr-error.ts';
import {
	authFailed,
	brokerError,
	type ClusterAddress,
	errorChain,
	timedOut,
	unreachable,
} from '../kafka-side/broker-errors.ts';
import { DeadlinePassed } from '../kafka-side/deadline.ts';

/** Kafka's error name inside a kafkajs error, under whatever wrapping. */
export function protocolName(thrown: unknown): string | undefined {
	for (const error of errorChain(thrown)) {
		const { name, type } = error as { name: string; type?: unknown };
		if (name.startsWith('KafkaJS') && typeof type === 'string' && /^[A-Z_]+$/.test(type)) return type;
	}
	return undefined;
}

/** A kafkajs error as an error of ours; `doing` completes "could not …". */
export function explain(thrown: unknown, where: ClusterAddress, doing: string, timeoutMs: number): KdrError {
	if (thrown instanceof KdrError) return thrown;
	const chain = errorChain(thrown);
	const named = (...names: string[]): boolean => chain.some(({ name }) => names.includes(name));
	if (named('KafkaJSSASLAuthenticationError')) return authFailed(where, doing, thrown);
	const protocol = protocolName(thrown);
	if (protocol !== undefined) return brokerError(protocol, where, doing, thrown);
	const late = chain.some((error) => error instanceof DeadlinePassed || /^Connection timeout$/.test(error.message));
	if (late || named('KafkaJSRequestTimeoutError')) return timedOut(where, doing, timeoutMs, thrown);
	if (named('KafkaJSConnectionError', 'KafkaJSConnectionClosedError', 'KafkaJSBrokerNotFound'))
		return unreachable(where, doing, thrown);
	return new KdrError('KDR_KAFKA_ERROR', `${where.alias}: could not ${doing}: ${chain[0]?.message ?? String(thrown)}`, {
		cause: thrown,
	});
}
