import type { Check } from '../domain/check.ts';
import { ifUnreadable } from '../domain/errors/kdr-error.ts';
import { kafkaLine } from '../domain/runbook/shell.ts';
import { list } from '../domain/text.ts';
import type { Topic } from '../ports/cluster.ts';
import type { Side } from '../ports/world.ts';
import type { RunFacts } from './kind.ts';

const name = 'kdr-journal.internal';

/** The journal of the side the move goes to; settings null: not readable. */
export interface JournalTopic {
	replicas: number;
	settings: Record<string, string> | null;
	/** A mirror copies the other side's journal into it. */
	mirrored: boolean;
}

/** null: there is none yet, and the run creates it. */
export async function observeJournalTopic(
	{ cluster }: Side,
	topics: readonly Topic[],
	mirrored: readonly string[] | null,
): Promise<JournalTopic | null> {
	const topic = topics.find((candidate) => candidate.name === name);
	if (!topic) return null;
	const settings = await cluster.settings([name]).catch(ifUnreadable(null));
	return {
		replicas: topic.replicationFactor,
		settings: settings?.get(name) ?? null,
		mirrored: mirrored?.includes(name) ?? false,
	};
}

interface Fault {
	observed: string;
	/** What `kafka-configs.sh` sets to mend it; absent: that cannot. */
	mend?: string;
	/** Runs are lost, or nothing can be written. */
	grave?: boolean;
}

/** A journal that its cluster deletes, compacts or refuses to write is found before the fence; an unplanned move waits for no setting. */
export function journalChecks({ replicas, settings, mirrored }: JournalTopic, { move }: RunFacts): Check[] {
	const faults = settings ? faultsOf(settings, replicas) : [{ observed: 'its settings cannot be read' }];
	const mends = faults.flatMap(({ mend }: Fault) => mend ?? []);
	const grave = faults.some((fault: Fault) => fault.grave);
	const how = ['--alter', '--entity-type', 'topics', '--entity-name', name, '--add-config', mends.join(',')];
	const copied = { code: 'journal-mirrored', what: `mirror of ${name}`, wanted: 'left out: the copies are ignored' };
	return [
		{
			code: 'journal-kept',
			status: faults.length === 0 ? 'pass' : grave && move.mode === 'switchover' ? 'block' : 'warn',
			what: `journal of ${move.to}`,
			observed: faults.length === 0 ? 'keeps all entries' : list(faults.map(({ observed }) => observed)),
			wanted: 'kept without limit, and writable while a broker is down',
			...(mends.length > 0 && { hint: kafkaLine('kafka-configs.sh', move.to, how) }),
		},
		...(mirrored ? [{ ...copied, status: 'warn' as const, observed: `copied from ${move.from}` }] : []),
	];
}

function faultsOf(settings: Record<string, string>, replicas: number): Fault[] {
	const faults: Fault[] = [];
	const policy = settings['cleanup.policy'] ?? 'the default';
	if (policy !== 'delete')
		faults.push({
			observed: `cleanup.policy is ${policy}`,
			mend: 'cleanup.policy=delete',
			grave: policy.includes('compact'),
		});
	for (const key of ['retention.ms', 'retention.bytes'])
		if (settings[key] !== '-1')
			faults.push({ observed: `${key} is ${settings[key] ?? 'the default'}`, mend: `${key}=-1` });
	const wanted = Math.max(1, replicas - 1);
	const inSync = settings['min.insync.replicas'] ?? 'the default';
	const observed = `min.insync.replicas is ${inSync}, of ${replicas}`;
	if (inSync !== String(wanted))
		faults.push({ observed, mend: `min.insync.replicas=${wanted}`, grave: Number(inSync) > replicas });
	return faults;
}
