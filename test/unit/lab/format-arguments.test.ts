import { expect, it } from 'vitest';
import { formatArguments } from '../../../src/lab/kafka-config.ts';

it('a cluster id that begins with "-" is still a value: one lab in thirty-two would not come up', () => {
	const passwords = { admin: 'a', mm2: 'b', kdr: 'c', app: 'd', tenant: 'e' };
	expect(formatArguments('-Zz', '/lab/server.properties', passwords).split('\n')).toContain('--cluster-id=-Zz');
});
