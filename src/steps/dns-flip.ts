import { z } from 'zod';
import { blockUnless, type Check, warnUnless } from '../domain/check.ts';
import type { LinkConfig } from '../domain/config/link.ts';
import { type FlipPlan, planFlip, wantedRecord } from '../domain/dns/flip.ts';
import { describeRecord, sameAnswer, sameValues } from '../domain/dns/record.ts';
import { asKdrError, KdrError, unlessBug } from '../domain/errors/kdr-error.ts';
import { durationParam } from '../domain/runbook/duration-param.ts';
import { shellLine } from '../domain/runbook/shell.ts';
import { list } from '../domain/text.ts';
import { askUntil } from '../ports/ask-until.ts';
import type { DnsAnswer, DnsRecord } from '../ports/dns.ts';
import { changeKind, type RunFacts, type StepContext, type StepIo } from './kind.ts';

const params = z.object({
	within: durationParam({ least: 1 }).prefault('2m').describe('How long to wait for the provider to report INSYNC.'),
});
const record = z.object({
	name: z.string(),
	type: z.enum(['A', 'AAAA', 'CNAME']),
	ttl: z.number(),
	values: z.array(z.string()),
});
const change = z.object({ from: record, to: record, within: z.number() });

interface Facts {
	record: DnsRecord | null;
	/** What each authoritative server answers. */
	answers: DnsAnswer[];
}

/** Points the record clients bootstrap by at the cluster we move to. */
export const dnsFlip = changeKind<z.infer<typeof params>, Facts, z.infer<typeof change>>({
	type: 'change',
	kind: 'dns-flip',
	role: 'moves-clients',
	purpose: 'point the name clients bootstrap by at the cluster we move to',
	report: {
		phase: 'dns',
		outage: 'ends',
		notMeasured: ['whether clients have arrived is not measured: they come at their next DNS look-up'],
	},
	params,
	change,
	grants: () => [],
	settleMs: 30_000,
	spends: ({ record }, { within }) => ({ waitsMs: within, cachedMs: record && record.ttl * 1_000 }),
	async observe(_params, io, { link }) {
		const { zone, answers } = io.world.dns;
		const [record, heard] = await Promise.all([
			zone.read(link.dns.name, link.dns.type),
			answers.ask(link.dns.name, link.dns.type).catch(unanswered),
		]);
		return { record, answers: heard };
	},
	check: ({ record, answers }, _params, { link, move }) => [
		blockUnless(isOneOfOurs(record, link.dns.values), {
			code: 'KDR_DNS_UNEXPECTED_VALUE',
			what: link.dns.name,
			observed: describeRecord(record),
			wanted: `${link.dns.values[move.from]?.join(', ')} (${move.from}) or ${link.dns.values[move.to]?.join(', ')} (${move.to})`,
			hint: 'somebody else changed it: kdr dns show, then correct the record or kdr.yaml',
		}),
		serversAnswer(answers),
	],
	plan({ record }, { within }, ctx) {
		const flip = flipOf(record, ctx);
		return {
			change: flip.change && { ...flip.change, within },
			summary: {
				what: `${ctx.link.dns.name} ${ctx.link.dns.type}, TTL ${record?.ttl ?? '?'} s`,
				now: record?.values.join(', ') ?? 'no record',
				after: ctx.link.dns.values[ctx.move.to]?.join(', ') ?? 'unknown',
				undo: 'flip back',
				commands: flip.change ? [awsCommand(ctx.link.dns, flip.change)] : [],
			},
		};
	},
	async apply({ from, to, within }, io, ctx) {
		const { changeId } = await io.world.dns.zone.swap(from, to);
		if (changeId !== null) await inSync(changeId, within, io, ctx);
		return [];
	},
	verify: (facts, _change, _params, ctx) => answeredEverywhere(facts, recordFor(ctx), isInSync(ctx)),
	undo: {
		of: ({ from, to, within }) => ({ from: to, to: from, within }),
		undone: (facts, { to }, _params, ctx) => answeredEverywhere(facts, to, isInSync(ctx)),
	},
});

/** Whoever does not answer now will not confirm the flip either. */
function serversAnswer(answers: readonly DnsAnswer[]): Check {
	const silent = answers
		.filter(({ values }) => !values)
		.map(({ server, error }) => `${server}: ${error ?? 'no answer'}`);
	return warnUnless(silent.length === 0, {
		code: 'dns-servers',
		what: 'authoritative servers that answer kdr',
		observed: silent.length === 0 ? `${answers.length} of ${answers.length}` : list(silent),
		wanted: 'all',
		...(silent.length > 0 && { hint: "for these the provider's word counts (INSYNC)" }),
	});
}

/** Where the servers are not even found, nobody answers. */
const unanswered = (thrown: unknown): DnsAnswer[] => [{ server: 'name servers', error: unlessBug(thrown).message }];

/** `inSync`: the provider says so of every one of its servers; then one that kdr cannot reach does not stop the move. */
function answeredEverywhere({ record, answers }: Facts, wanted: DnsRecord, inSync: boolean): Check[] {
	const behind = answers.filter(({ values }) => !values || !sameValues(wanted.type, values, wanted.values));
	return [
		blockUnless(record !== null && sameAnswer(record, wanted), {
			code: 'dns-flipped',
			what: `${wanted.name} at the provider`,
			observed: describeRecord(record),
			wanted: describeRecord(wanted),
		}),
		{
			code: 'KDR_DNS_NOT_IN_SYNC',
			status:
				answers.length > 0 && behind.length === 0
					? 'pass'
					: behind.every(({ values }) => !values) && (inSync || answers.length === 0)
						? 'warn'
						: 'block',
			what: 'authoritative servers',
			observed:
				answers.length === 0
					? 'unknown: none configured or found'
					: behind.length === 0
						? `${answers.length} of ${answers.length} answer ${wanted.values.join(', ')}`
						: list(
								behind.map(({ server, values, error }) => `${server}: ${values?.join(', ') ?? error ?? 'no answer'}`),
							),
			wanted: `all answer ${wanted.values.join(', ')}`,
		},
	];
}

function recordFor({ link, move }: RunFacts): DnsRecord {
	const wanted = wantedRecord(link.dns, move.to);
	if (!wanted) throw new KdrError('KDR_CONFIG_INVALID', `links.${link.name}.dns.values has nothing for ${move.to}`);
	return wanted;
}

function flipOf(record: DnsRecord | null, ctx: RunFacts): FlipPlan {
	return record ? planFlip(record, recordFor(ctx)) : { change: null, worstWaitSeconds: 0 };
}

function isOneOfOurs(record: DnsRecord | null, values: Record<string, string[]>): boolean {
	return record !== null && Object.values(values).some((side) => sameValues(record.type, record.values, side));
}

/** What the provider said last about the change, as the journal keeps it. */
const providerSaid = z.object({ changeId: z.string(), state: z.enum(['INSYNC', 'PENDING', 'DENIED']) });

const isInSync = ({ evidence }: RunFacts): boolean =>
	evidence().some((one) => providerSaid.safeParse(one).data?.state === 'INSYNC');

/** INSYNC is the provider's word that every one of its servers has the change; the servers themselves are asked afterwards. */
async function inSync(changeId: string, within: number, io: StepIo, ctx: StepContext): Promise<void> {
	const { clock, dns } = io.world;
	// No failure when it never is, or when kdr may not ask: the record is changed. Verification asks the servers.
	const state = await askUntil(() => dns.zone.state(changeId).catch(ifDenied), {
		...{ clock, signal: ctx.signal, withinMs: within, everyMs: 500 },
		isEnough: (answer) => answer !== 'PENDING',
		waiting: (answer) => ctx.progress(`${changeId} is ${answer}`),
	});
	await ctx.record({ changeId, state } satisfies z.infer<typeof providerSaid>);
}

function ifDenied(thrown: unknown): 'DENIED' {
	if (asKdrError(thrown).code !== 'KDR_DNS_DENIED') throw thrown;
	return 'DENIED';
}

function awsCommand(
	{ zone, region, endpoint }: LinkConfig['dns'],
	{ from, to }: { from: DnsRecord; to: DnsRecord },
): string {
	const set = ({ name, type, ttl, values }: DnsRecord) => ({
		Name: name,
		Type: type,
		TTL: ttl,
		ResourceRecords: values.map((Value) => ({ Value })),
	});
	const batch = {
		Changes: [
			{ Action: 'DELETE', ResourceRecordSet: set(from) },
			{ Action: 'CREATE', ResourceRecordSet: set(to) },
		],
	};
	const where = [
		'--region',
		region,
		...(endpoint === undefined ? [] : ['--endpoint-url', endpoint]),
		'--hosted-zone-id',
		zone,
	];
	return shellLine([
		'aws',
		'route53',
		'change-resource-record-sets',
		...where,
		'--change-batch',
		JSON.stringify(batch),
	]);
}
