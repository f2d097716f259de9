/** docs/runbook.schema.json and docs/runbook-reference.md, from the kinds of step and the language's own rules. */
import { z } from 'zod';
import type { hookNames } from '../src/domain/runbook/compile.ts';
import { hookKeys, type stepKeys } from '../src/domain/runbook/compile-step.ts';
import { durationSchema, isDurationParam } from '../src/domain/runbook/duration-param.ts';
import { runbookModes } from '../src/domain/runbook/fields.ts';
import { registry } from '../src/steps/registry.ts';

const kinds = [...registry.values()].sort((a, b) => (a.kind < b.kind ? -1 : 1));

type Json = Record<string, unknown>;

function paramsSchema(params: z.ZodType): Json {
	const { $schema: _, ...schema } = z.toJSONSchema(params, {
		target: 'draft-7',
		io: 'input',
		unrepresentable: 'any',
		override: ({ zodSchema, jsonSchema }) => {
			if (!isDurationParam(zodSchema)) return;
			delete jsonSchema.anyOf;
			Object.assign(jsonSchema, durationSchema);
		},
	}) as Json;
	return schema.type === 'object' ? { ...schema, additionalProperties: false } : schema;
}

const stepProperties: Record<(typeof stepKeys)[number], Json> = {
	id: {
		type: 'string',
		pattern: '^[a-z0-9][a-z0-9-]{0,63}$',
		description: 'Names the step; default: its kind. Unique.',
	},
	kind: { enum: kinds.map(({ kind }) => kind), description: 'What the step does.' },
	with: { type: 'object', description: 'Parameters of the kind.' },
	pointOfNoReturn: {
		type: 'boolean',
		description: 'A halt before it leaves the clients on the old cluster. A move has exactly one such step.',
	},
	needs: {
		type: 'array',
		items: { enum: ['from', 'to'] },
		description: 'Sides the step needs: it is skipped when one of them is dead. Requires `skipCosts`.',
	},
	skipCosts: { type: 'string', description: 'What is lost when the step is skipped because a side it needs is dead.' },
	when: {
		type: 'object',
		additionalProperties: false,
		properties: {
			mode: { type: 'array', items: { enum: runbookModes }, description: 'Only in moves of these modes.' },
			from: {
				enum: ['alive', 'dead'],
				description: 'Only when the cluster that clients leave answers (alive), or does not (dead).',
			},
		},
		description: 'Runs only when all of this is true; otherwise it is skipped, and the report says so.',
	},
	timeout: {
		type: 'string',
		pattern: '^\\d{1,9}(ms|s|m|h)$',
		description: 'Deadline for its checks to pass, e.g. 90s.',
	},
	retries: {
		type: 'integer',
		minimum: 1,
		maximum: 10,
		description: 'How often a failed attempt is retried, after 1 s, 2 s, 4 s … 30 s.',
	},
};

const hookTexts: Record<(typeof hookNames)[number], string> = {
	before: 'First steps of the run: after consent and the safety rules.',
	after: 'Last steps of the run: after all others.',
	onFailure: 'When the run halts or is refused; cannot change the result.',
};

/** What the parameters of a kind are, for a step of that kind. */
const paramsOf = ({ kind, purpose, params }: (typeof kinds)[number]): Json => ({
	if: { properties: { kind: { const: kind } } },
	// biome-ignore lint/suspicious/noThenProperty: a key of JSON Schema
	then: { description: purpose, properties: { with: paramsSchema(params) } },
});

const parallelProperty = {
	type: 'array',
	minItems: 2,
	items: { $ref: '#/definitions/step' },
	description: 'Steps that run at the same time.',
};

export function runbookSchema(): string {
	const step = {
		type: 'object',
		required: ['kind'],
		additionalProperties: false,
		properties: stepProperties,
		allOf: kinds.map(paramsOf),
	};
	const group = {
		type: 'object',
		required: ['parallel'],
		additionalProperties: false,
		properties: { id: { ...stepProperties.id, description: 'Names the group.' }, parallel: parallelProperty },
	};
	const hook = {
		type: 'object',
		required: ['kind'],
		additionalProperties: false,
		properties: {
			...Object.fromEntries(hookKeys.map((key) => [key, stepProperties[key]])),
			kind: { enum: kinds.filter(({ mayBeHook }) => mayBeHook).map(({ kind }) => kind) },
		},
		allOf: kinds.filter(({ mayBeHook }) => mayBeHook).map(paramsOf),
	};
	const hookList = (description: string) => ({ type: 'array', items: { $ref: '#/definitions/hook' }, description });
	const schema = {
		$schema: 'http://json-schema.org/draft-07/schema#',
		title: 'A runbook of kdr',
		type: 'object',
		required: ['name', 'mode', 'steps'],
		additionalProperties: false,
		properties: {
			name: { type: 'string', minLength: 1, description: 'For people.' },
			mode: {
				enum: runbookModes,
				description: 'switchover waits for proof; failover works without the cluster that clients leave.',
			},
			steps: {
				type: 'array',
				minItems: 1,
				items: { anyOf: [{ $ref: '#/definitions/step' }, { $ref: '#/definitions/group' }] },
				description: 'In this order.',
			},
			hooks: {
				type: 'object',
				additionalProperties: false,
				properties: Object.fromEntries(Object.entries(hookTexts).map(([name, text]) => [name, hookList(text)])),
				description: 'Programs and manual steps around the run.',
			},
		},
		definitions: { step, group, hook },
	};
	return `${JSON.stringify(schema, null, 2)}\n`;
}

function typeOf(schema: Json): string {
	if (Array.isArray(schema.enum)) return schema.enum.map((value) => JSON.stringify(value)).join(' or ');
	if (schema.type === 'array') return `list of ${typeOf((schema.items ?? {}) as Json)}`;
	if (Array.isArray(schema.anyOf) || Array.isArray(schema.oneOf)) return 'one of several, see the schema';
	if (schema.pattern === durationSchema.pattern) return 'duration';
	return String(schema.type ?? 'any');
}

function parameterLines(params: z.ZodType): string[] {
	const { properties = {}, required = [] } = paramsSchema(params) as {
		properties?: Record<string, Json>;
		required?: string[];
	};
	return Object.entries(properties).map(([name, schema]) => {
		const fallback = schema.default === undefined ? '' : `, default \`${JSON.stringify(schema.default)}\``;
		const must = required.includes(name) && schema.default === undefined ? ', required' : '';
		const text = typeof schema.description === 'string' ? ` ${schema.description}` : '';
		return `- \`${name}\`: ${typeOf(schema)}${must}${fallback}.${text}`;
	});
}

function kindPart({ kind, purpose, params, ...more }: (typeof kinds)[number]): string {
	const undo =
		more.type === 'gate' ? 'changes nothing' : 'none' in more.undo ? `no undo: ${more.undo.none}` : 'can be undone';
	const uses =
		more.uses && more.uses.length > 0
			? ` Uses ${more.uses.map((name) => `\`${name}\``).join(', ')} of an earlier step.`
			: '';
	const produces = more.produces === undefined ? '' : ` Produces \`${more.produces}\`.`;
	const lines = parameterLines(params);
	return [
		`### ${kind}`,
		`To ${purpose}. A ${more.type}; ${undo}.${uses}${produces}`,
		...(lines.length > 0 ? [lines.join('\n')] : []),
	].join('\n\n');
}

export function runbookPage(note: string): string {
	const keys = Object.entries(stepProperties).map(
		([key, { description }]) => `| \`${key}\` | ${String(description)} |`,
	);
	return `# Runbook reference

${note}

A runbook is a YAML file with a name, a mode and steps. \`kdr run FILE --to CLUSTER\` runs the steps in order, with plan, consent, journal, lock
and resume, like a shipped move. Copy \`runbooks/template.yaml\` to start. Editors complete keys by [runbook.schema.json](runbook.schema.json).

| command | does |
| --- | --- |
| \`kdr runbook validate FILE…\` | checks files, no cluster needed; \`--live --to CLUSTER\` also checks both clusters; \`--format sarif\\|junit\\|github\` for CI |
| \`kdr runbook show FILE\` | the steps in order, no cluster needed |
| \`kdr runbook export FILE --to CLUSTER\` | the same as commands of Kafka's own tools, curl and aws; \`--format sh\` is a script |
| \`kdr run FILE --to CLUSTER --dry-run\` | what each step would do now |

## What is refused

A runbook is YAML 1.2 of at most 64 KiB, with unique keys, few aliases and no control characters, tags, merge keys or \`__proto__\`. Refused are also:

- unknown keys, kinds and parameters;
- outputs used before a step produces them, or whose producer may be skipped when their user is not;
- a switchover or failover without exactly one point of no return, or with one that may be skipped or is in a parallel group.

A change before the point of no return that cannot be undone is a warning.

## Keys of a runbook

| key | meaning |
| --- | --- |
| \`name\` | For people. |
| \`mode\` | ${runbookModes.map((mode) => `\`${mode}\``).join(', ')}: a switchover waits for proof; a failover works without the cluster that clients leave; a change is anything smaller. |
| \`steps\` | In order. An item may also be a map of \`parallel\` (and \`id\`): a list of steps that run at the same time. |
| \`hooks\` | Programs and manual steps around the run: \`before\`, \`after\`, \`onFailure\`, each a list. |

## Keys of a step

| key | meaning |
| --- | --- |
${keys.join('\n')}

## Steps at the same time

Steps of a \`parallel\` group start together, and the next step starts when all of them are done. Each is planned, journalled, verified,
resumed and undone by itself; a resumed run continues with those that are not done. When one fails, the others finish first, then the run
halts. A group may hold one manual step at most, and never the point of no return. Its steps cannot use each other's outputs.

## Retries

\`retries: 3\` retries a failed attempt up to three times, after 1 s, 2 s, 4 s and so on, 30 s at most. Journal and report record every
failed attempt, and each retry first looks whether the change is already in place. Not retried, because a retry cannot help: a wrong password, a
missing permission, a refusal, a write whose outcome is unknown, an interrupt. Gates take a \`timeout\` instead. A retried program runs again,
which must be safe.

## Hooks

Hooks are steps of kind \`exec\` or \`manual\` with \`id\` and \`with\`.

${Object.entries(hookTexts)
	.map(([name, text]) => `- \`${name}\`: ${text}`)
	.join('\n')}

Hooks before and after are ordinary steps: the plan shows them, a failure halts the run, and \`undo\` undoes them. Hooks on failure run one
after the other, once per halt, before kdr exits and while it holds the lock. They get the step and the error code as \`KDR_FAILED_STEP\` and
\`KDR_ERROR_CODE\`. Their outcome is journalled and reported; result and exit code do not change. They do not run when nothing failed (Ctrl-C,
\`kdr runs pause\`, a step that waits for a person, the end of \`--hold-for\`), nor when the lock or the journal is lost: then kdr does nothing
more. A manual hook is shown, and skipped where nobody can be asked.

## People and programs

A \`manual\` step shows its text and waits until its word is typed. Without a terminal, \`--approve STEP\` approves it; else the run halts
there with exit code 8, and \`kdr runs resume RUN --approve STEP\` continues it.

An \`exec\` step runs a program without a shell: nothing in its arguments is expanded. Its environment has \`KDR_RUN\`, \`KDR_STEP\`,
\`KDR_LINK\`, \`KDR_FROM\`, \`KDR_TO\`, \`KDR_MODE\` and \`KDR_FROM_ALIVE\`. Any exit code except 0, or a timeout, halts the run. The journal keeps
the end of its output (500 characters) when it fails, so it must print no secrets. It inherits kdr's environment, but for variables that kdr.yaml takes
secrets from: \`with.env\` names those it needs. It ends with kdr: SIGTERM, and 5 s later SIGKILL with all it started. kdr cannot see what a program did.
If its end was not journalled, a resume runs it again, unless \`done\` says that nothing needs doing.

## Kinds of step

${kinds.map(kindPart).join('\n\n')}
`;
}
