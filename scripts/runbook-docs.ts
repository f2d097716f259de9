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
		description: 'Before it a halt leaves the clients where they were. Exactly one step of a move.',
	},
	needs: {
		type: 'array',
		items: { enum: ['from', 'to'] },
		description: 'Sides it cannot do without: skipped when one is dead. Wants skipCosts.',
	},
	skipCosts: { type: 'string', description: 'What is lost when the step is skipped because a side it needs is dead.' },
	when: {
		type: 'object',
		additionalProperties: false,
		properties: {
			mode: { type: 'array', items: { enum: runbookModes }, description: 'Only in such moves.' },
			from: { enum: ['alive', 'dead'], description: 'Only when the cluster that is left answers, or does not.' },
		},
		description: 'Done only where all of this holds; elsewhere skipped, and said so.',
	},
	timeout: {
		type: 'string',
		pattern: '^\\d{1,9}(ms|s|m|h)$',
		description: 'How long its checks may take to pass, e.g. 90s.',
	},
	retries: {
		type: 'integer',
		minimum: 1,
		maximum: 10,
		description: 'How often a failed attempt is made again, after 1 s, 2 s, 4 s … 30 s.',
	},
};

const hookTexts: Record<(typeof hookNames)[number], string> = {
	before: 'First steps of the run: after consent and the safety rules, before every other step.',
	after: 'Last steps of the run: when every other step is done.',
	onFailure: 'When the run halts or is refused on the way; never changes how it ends.',
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
	description: 'Steps whose order does not matter, taken at the same time.',
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
			kind: { enum: ['exec', 'manual'] },
		},
		allOf: kinds.filter(({ kind }) => kind === 'exec' || kind === 'manual').map(paramsOf),
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
				description: 'switchover waits for proof, failover works without the cluster that is left.',
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
		const told = typeof schema.description === 'string' ? ` ${schema.description}` : '';
		return `- \`${name}\`: ${typeOf(schema)}${must}${fallback}.${told}`;
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

A runbook is a YAML file: a name, a mode and steps, run one after the other by \`kdr run FILE --to CLUSTER\` with everything a shipped
move has: plan, consent, journal, lock, resume. \`runbooks/template.yaml\` is one to copy. Editors complete it by
[runbook.schema.json](runbook.schema.json).

| command | does |
| --- | --- |
| \`kdr runbook validate FILE…\` | checks files without looking at a cluster; \`--live --to CLUSTER\` looks; \`--format sarif\\|junit\\|github\` for CI |
| \`kdr runbook show FILE\` | the steps in order, without looking at a cluster |
| \`kdr runbook export FILE --to CLUSTER\` | the same as commands of Kafka's own tools, curl and aws; \`--format sh\` is a script |
| \`kdr run FILE --to CLUSTER --dry-run\` | what each step would do now |

## What is refused

YAML 1.2 with unique keys, plain words as keys and few aliases, at most 64 KiB, without control characters; no tags, no merge keys, no
\`__proto__\`. Unknown keys, kinds and parameters; outputs used before a step produces them, or whose producer may be skipped when
their user is not; a switchover or failover without exactly one point of no return, or whose point of no return may be skipped or
stands in a parallel group. A change before the point of no return that cannot be undone is a warning.

## Keys of a runbook

| key | meaning |
| --- | --- |
| \`name\` | For people. |
| \`mode\` | ${runbookModes.map((mode) => `\`${mode}\``).join(', ')}: a switchover waits for proof; a failover works without the cluster that is left; a change is anything smaller. |
| \`steps\` | In this order. Instead of a step, a map of \`parallel\` (and \`id\`): a list of steps taken at the same time. |
| \`hooks\` | Programs and manual steps around the run: \`before\`, \`after\`, \`onFailure\`, each a list. |

## Keys of a step

| key | meaning |
| --- | --- |
${keys.join('\n')}

## Steps at the same time

Steps of a \`parallel\` group begin together, and the next step begins when all of them are done. Each is planned, journalled, proven,
resumed and taken back as if it stood alone; a run killed within a group goes on with those that are not done. When one fails, the others
come to their own end first, then the run halts. A group holds neither the point of no return nor two manual steps, and what one of its
steps produces another of them cannot use.

## Retries

\`retries: 3\` makes a failed attempt again up to three times, after 1 s, 2 s, 4 s and so on, 30 s at most. Every failed attempt stands in
journal and report, and each next one looks first whether the change shows already. What the same attempt could not turn good is not
retried: a wrong password or a missing permission, a refusal, a write whose outcome is unknown, an interrupt. Gates take a \`timeout\`
instead. A program is run again, which must be safe.

## Hooks

Hooks are steps of kind \`exec\` or \`manual\` with \`id\` and \`with\`.

${Object.entries(hookTexts)
	.map(([name, text]) => `- \`${name}\`: ${text}`)
	.join('\n')}

Those before and after are steps like any other: they stand in the plan, halt the run when they fail, and are taken back by their
\`undo\`. Those on failure run one after the other, each once per halt, before kdr ends and while the lock is held; they get the step and
the error code as \`KDR_FAILED_STEP\` and \`KDR_ERROR_CODE\`. What becomes of them is journalled and reported and changes nothing: neither
result nor exit code. They are not run when nothing failed (Ctrl-C, \`kdr runs pause\`, a step that waits for a person, \`--hold-for\`
over), nor when the lock or the journal is lost: then kdr does nothing more. A manual one is shown, and passed over where nobody can be asked.

## People and programs

A \`manual\` step shows its text and waits until its word is typed. Where no terminal can ask, \`--approve STEP\` approves it; else the
run halts there with exit code 8 and goes on with \`kdr runs resume RUN --approve STEP\`.

An \`exec\` step runs a program without a shell: nothing in its words is expanded. It gets \`KDR_RUN\`, \`KDR_STEP\`, \`KDR_LINK\`,
\`KDR_FROM\`, \`KDR_TO\`, \`KDR_MODE\` and \`KDR_FROM_ALIVE\` in its environment. Any exit code but 0, and no end in time, stops the run; the
end of what it printed (500 characters) is kept in the journal: let it print no secrets. kdr cannot see what a program did. One whose
end was not journalled is run again when the run is resumed, unless \`done\` says that nothing needs doing.

## Kinds of step

${kinds.map(kindPart).join('\n\n')}
`;
}
