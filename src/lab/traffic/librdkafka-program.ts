import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { KdrError } from '../../domain/errors/kdr-error.ts';
import { identityHeader } from '../ledger/identity.ts';

export const python = 'python3';

/** Throws KDR_LAB_NEEDS where Python has no confluent-kafka. */
export async function needLibrdkafka(): Promise<void> {
	try {
		await promisify(execFile)(python, ['-c', 'import confluent_kafka'], { timeout: 30_000 });
	} catch (cause) {
		throw new KdrError('KDR_LAB_NEEDS', 'librdkafka clients need Python 3 with the package confluent-kafka', {
			hint: `${python} -m pip install confluent-kafka   or leave librdkafka out of --clients`,
			cause,
		});
	}
}

/** Reads its configuration from a file, says what it does in lines of JSON. A record is said before its commit is sent. */
export const program = `import json, signal, sys
from confluent_kafka import Consumer, KafkaException, TopicPartition

with open(sys.argv[1]) as file:
    given = json.load(file)
running = True


def stop(*_):
    global running
    running = False


def say(name, **rest):
    print(json.dumps({"name": name, **rest}), flush=True)


def pairs(partitions):
    return [[one.topic, one.partition] for one in partitions]


signal.signal(signal.SIGTERM, stop)
consumer = Consumer({
    "bootstrap.servers": given["bootstrap"],
    "security.protocol": "SASL_PLAINTEXT",
    "sasl.mechanism": "PLAIN",
    "sasl.username": "app",
    "sasl.password": given["password"],
    "group.id": given["group"],
    "auto.offset.reset": "earliest",
    "enable.auto.commit": False,
    "session.timeout.ms": 6000,
    "error_cb": lambda error: say("error", error=str(error)),
})
say("cluster", cluster=consumer.list_topics(timeout=10).cluster_id)
consumer.subscribe(
    given["topics"],
    on_assign=lambda _, partitions: say("assigned", partitions=pairs(partitions)),
    on_revoke=lambda _, partitions: say("revoked", partitions=pairs(partitions)),
)
while running:
    next_offsets = {}
    for message in consumer.consume(100, 0.2):
        if message.error():
            say("error", error=str(message.error()))
            continue
        headers = dict(message.headers() or [])
        id = headers.get("${identityHeader}")
        at = (message.topic(), message.partition())
        say("record", topic=at[0], partition=at[1], offset=message.offset(), id=id.decode() if id else None)
        next_offsets[at] = message.offset() + 1
    if not next_offsets:
        continue
    wanted = [TopicPartition(topic, partition, offset) for (topic, partition), offset in next_offsets.items()]
    try:
        consumer.commit(offsets=wanted, asynchronous=False)
        outcome = "ok"
    except KafkaException as error:
        say("error", error=str(error))
        outcome = "info"
    for one in wanted:
        say("commit", topic=one.topic, partition=one.partition, offset=one.offset, outcome=outcome)
consumer.close()
`;
