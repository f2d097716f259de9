/** The `dig` of an export, for machines without: `dig +noall +answer @ADDRESS -p PORT NAME TYPE`. */
import { query } from '../../src/adapters/dns-query/query.ts';

const [, , , at = '', , port, name = '', type] = process.argv.slice(1);
if (!at.startsWith('@') || (type !== 'A' && type !== 'AAAA' && type !== 'CNAME')) throw new Error('not known here');
const { answers = [] } = await query({ host: at.slice(1), port: Number(port) }, name, type);
for (const answer of answers)
	process.stdout.write(`${answer.name} ${answer.type} ${'data' in answer ? answer.data : ''}\n`);
