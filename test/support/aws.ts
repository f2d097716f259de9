/** The `aws` of an export, for machines without: `route53 change-resource-record-sets` only, with the flags an export writes. */
import { parseArgs } from 'node:util';
import { ChangeResourceRecordSetsCommand, Route53Client } from '@aws-sdk/client-route-53';

const text = { type: 'string' } as const;
const { values, positionals } = parseArgs({
	allowPositionals: true,
	options: { region: text, 'endpoint-url': text, 'hosted-zone-id': text, 'change-batch': text },
});
if (positionals.join(' ') !== 'route53 change-resource-record-sets')
	throw new Error(`not known here: ${positionals.join(' ')}`);
const client = new Route53Client({
	region: values.region ?? 'us-east-1',
	...(values['endpoint-url'] !== undefined && { endpoint: values['endpoint-url'] }),
});
const answer = await client.send(
	new ChangeResourceRecordSetsCommand({
		HostedZoneId: values['hosted-zone-id'],
		ChangeBatch: JSON.parse(values['change-batch'] ?? '{}'),
	}),
);
process.stdout.write(`${answer.ChangeInfo?.Id} ${answer.ChangeInfo?.Status}\n`);
