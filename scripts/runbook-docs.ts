/** docs/runbook.schema.json and docs/runbook-reference.md, from the kinds of step and the language's own rules. */
import { z } from 'zod';
import { runbookModes, type stepKeys } from '../src/domain/runbook/compile.ts';
import { registry } from '../src/steps/registry.ts';

const kinds = [...registry.values()].sort((a, b) => (a.kind < b.kind ? -1 : 1));

type Json = Record<string, unknown>;

function paramsSchema(params: z.ZodType): Json {
	const { $schema: _, ...schema } = z.toJSONSchema(params, { target: 'draft-7', io: 'input', unrepresentable: 'any' }) as Json;
	return schema.type === 'object' ? { ...schema, additionalProperties: false } : schema;
}

const stepProperties: Record<(typeof stepKeys)[number], Json> = {
	id: { type: 'string', pattern: '^[a-z0-9][a-z0-9-]{0,63}$', description: 'Names the step; default: its kind. Unique.' },
	kind: { enum: kinds.map(({ kind }) => kind), description: 'What the step does.' },
	with: { type: 'object', description: 'Parameters of the kind.' },
	pointOfNoReturn: { type: 'boolean', description: 'Before it a halt leaves the clients where they were. Exactly one step of a move.' },
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
	timeout: { type: 'string', pattern: '^\\d{1,9}(ms|s|m|h)$', description: 'How long its checks may take to pass, e.g. 90s.' },
};

export function runbookSchema(): string {
	const step = {
		type: 'object',
		required: ['kind'],
		additionalProperties: false,
		properties: stepProperties,
		allOf: kinds.map(({ kind, purpose, params }) => ({
			if: { properties: { kind: { const: kind } } },
			// biome-ignore lint/suspicious/noThenProperty: a key of JSON Schema
			then: { description: purpose, properties: { with: paramsSchema(params) } },
		})),
	};
	const schema = {
		$schema: 'http://json-schema.org/draft-07/schema#',
		title: 'A runbook of kdr',
		type: 'object',
		required: ['name', 'mode', 'steps'],
		additionalProperties: false,
		properties: {
			name: { type: 'string', minLength: 1, description: 'For people.' },
			mode: { enum: runbookModes, description: 'switchover waits for proof, failover works without the cluster that is left.' },
			steps: { type: 'array', minItems: 1, items: step, description: 'In this order.' },
		},
	};
	return `${JSON.stringify(schema, null, 2)}\n`;
}

function typeOf(schema: Json): string {
	if (Array.isArray(schema.enum)) return schema.enum.map((value) => JSON.stringify(value)).join(' or ');
	if (schema.type === 'array') return `list of ${typeOf((schema.items ?? {}) as Json)}`;
	if (Array.isArray(schema.anyOf) || Array.isArray(schema.oneOf)) return 'one of several, see the schema';
	return String(schema.type ?? 'any');
}

function parameterLines(params: z.ZodType): string[] {
	const { properties = {}, required = [] } = paramsSchema(params) as { properties?: Record<string, Json>; required?: string[] };
	return Object.entries(properties).map(([name, schema]) => {
		const fallback = schema.default === undefined ? '' : `, default \`${JSON.stringify(schema.default)}\``;
		const must = required.includes(name) && schema.default === undefined ? ', required' : '';
		const told = typeof schema.description === 'string' ? ` ${schema.description}` : '';
		return `- \`${name}\`: ${typeOf(schema)}${must}${fallback}.${told}`;
	});
}

function kindPart({ kind, purpose, params, ...more }: (typeof kinds)[number]): string {
	const undo = more.type === 'gate' ? 'changes nothing' : 'none' in more.undo ? `no undo: ${more.undo.none}` : 'can be undone';
	const uses = more.uses && more.uses.length > 0 ? ` Uses ${more.uses.map((name) => `\`${name}\``).join(', ')} of an earlier step.` : '';
	const produces = more.produces === undefined ? '' : ` Produces \`${more.produces}\`.`;
	const lines = parameterLines(params);
	return [`### ${kind}`, `To ${purpose}. A ${more.type}; ${undo}.${uses}${produces}`, ...(lines.length > 0 ? [lines.join('\n')] : [])].join(
		'\n\n',
	);
}

export function runbookPage(note: string): string {
	const keys = Object.entries(stepProperties).map(([key, { description }]) => `| \`${key}\` | ${String(description)} |`);
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
their user is not; a switchover or failover without exactly one point of no return, or whose point of no return may be skipped. A
change before the point of no return that cannot be undone is a warning.

## Keys of a runbook

| key | meaning |
| --- | --- |
| \`name\` | For people. |
| \`mode\` | ${runbookModes.map((mode) => `\`${mode}\``).join(', ')}: a switchover waits for proof; a failover works without the cluster that is left; a change is anything smaller. |
| \`steps\` | In this order. |

## Keys of a step

| key | meaning |
| --- | --- |
${keys.join('\n')}

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
