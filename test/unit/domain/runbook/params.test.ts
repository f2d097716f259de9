import { expect, test } from 'vitest';
import { z } from 'zod';
import { durationParam, isDurationParam } from '../../../../src/domain/runbook/duration-param.ts';
import { registry } from '../../../../src/steps/registry.ts';

interface Parameter {
	name: string;
	schema: z.ZodType;
	described: string;
	type: unknown;
}

function parametersOf(params: z.ZodType): Parameter[] {
	const { properties = {} } = z.toJSONSchema(params, { io: 'input', unrepresentable: 'any' });
	const shape = params instanceof z.ZodObject ? (params.shape as Record<string, z.ZodType>) : {};
	return Object.entries(shape).map(([key, schema]) => {
		const { description = '', type } = (properties[key] ?? {}) as { description?: string; type?: unknown };
		return { name: key, schema, described: description, type };
	});
}

const all = [...registry.values()].flatMap(({ kind, params }) =>
	parametersOf(params).map((one) => ({ ...one, name: `${kind}.${one.name}` })),
);

test('a parameter without a description leaves its user to read the source: every one of every kind has one', () => {
	expect(all.length).toBeGreaterThan(25);
	expect(all.filter(({ described }) => described.length < 10).map(({ name }) => name)).toEqual([]);
});

test('a number without a unit is read as the wrong thing: every one is a duration or names what it counts', () => {
	const numbers = all.filter(
		({ schema, type }) => !isDurationParam(schema) && (type === 'number' || type === 'integer'),
	);
	expect(numbers.map(({ name }) => name)).toContain('salvage-replay.rate');
	expect(numbers.filter(({ described }) => !/\b[Rr]ecords?\b/.test(described)).map(({ name }) => name)).toEqual([]);
	expect(all.filter(({ described }) => /millisecond/i.test(described)).map(({ name }) => name)).toEqual([]);
});

test.each<[string, unknown, number | string]>([
	['text', '30s', 30_000],
	['minutes', '2m', 120_000],
	['a bare number of milliseconds, as journals hold it', 1_500, 1_500],
	['no unit', '30', 'expected a duration such as 30s (units ms, s, m, h)'],
	['a part of a millisecond', 0.5, 'expected a duration such as 30s (units ms, s, m, h)'],
	['less than allowed', '0s', 'expected at least 1ms'],
	['more than allowed', '25h', 'expected at most 24h'],
])('a duration as %s', (_name, given, wanted) => {
	const parsed = durationParam({ least: 1, most: 86_400_000 }).safeParse(given);
	expect(parsed.success ? parsed.data : parsed.error.issues[0]?.message).toEqual(wanted);
});
