import { createServer } from 'node:net';
import { describe, expect, it } from 'vitest';
import { javaMajor, needMemory, needPorts } from '../../../src/lab/preflight.ts';

describe('what the lab asks of a machine', () => {
	it('the version of Java is read from all its spellings', () => {
		expect(javaMajor('openjdk version "17.0.15" 2025-04-15')).toBe(17);
		expect(javaMajor('java version "1.8.0_402"')).toBe(8);
		expect(javaMajor('openjdk version "21" 2023-09-19')).toBe(21);
		expect(javaMajor('not Java')).toBeNull();
	});

	it('too little memory is said in numbers', () => {
		expect(() => needMemory(1.6e9, 1.6e9)).not.toThrow();
		expect(() => needMemory(1.6e9, 0.9e9)).toThrow('needs 1600 MB of memory; 900 MB are available');
	});

	it('a port that is taken is named with its address', async () => {
		const server = createServer();
		const port = await new Promise<number>((resolve) => {
			server.listen(0, '127.0.0.1', () => resolve((server.address() as { port: number }).port));
		});
		try {
			await expect(needPorts([{ host: '127.0.0.1', port }])).rejects.toMatchObject({
				code: 'KDR_LAB_PORT_TAKEN',
				message: expect.stringContaining(`127.0.0.1:${port}`),
			});
		} finally {
			await new Promise((resolve) => server.close(resolve));
		}
		await expect(needPorts([{ host: '127.0.0.1', port }])).resolves.toBeUndefined();
	});

	it('an address this machine lacks is named with the command that adds it', async () => {
		await expect(needPorts([{ host: '192.0.2.77', port: 9092 }])).rejects.toMatchObject({
			code: 'KDR_LAB_NEEDS',
			hint: 'for a in 192.0.2.77; do sudo ifconfig lo0 alias $a up; done',
		});
	});
});
