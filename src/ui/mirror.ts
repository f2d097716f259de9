import type { ConnectorView, MirrorView } from '../domain/mirror/view.ts';
import type { Mark, Screen } from './screen.ts';
import { drawable, mark } from './screen.ts';
import { table } from './table.ts';
import { visible } from './visible.ts';
import { claim, number } from './words.ts';

/** Every connector of the link, and which way records flow. */
export function renderMirror(view: MirrorView, screen: Screen): string {
	const safe = (text: string): string => drawable(screen, visible(text));
	const columns = [
		{ title: 'CONNECTOR' },
		{ title: 'ROLE' },
		{ title: drawable(screen, 'FROM → TO') },
		{ title: 'STATE' },
		{ title: 'TASKS' },
		{ title: 'POSITIONS' },
	];
	const lines = table(columns, view.connectors.map(connectorRow), { screen });
	for (const { name, trace } of view.connectors)
		if (trace !== undefined) lines.push(` ${mark(screen, 'failed')} ${safe(`${name}: ${trace}`)}`);
	for (const { alias, why } of view.unreachable)
		lines.push(` ${mark(screen, 'unknown')} ${safe(`Connect of ${alias}: unknown (${why})`)}`);
	if (view.others.length > 0)
		lines.push(
			safe(
				` not of ${view.link}, never touched: ${view.others.map(({ name, state }) => `${name} (${state})`).join(', ')}`,
			),
		);
	const [state, text] = flowLine(view);
	lines.push('', `${mark(screen, state)} ${safe(text)}`);
	return `${lines.join('\n')}\n`;
}

function connectorRow({ name, role, source, target, state, tasks, partitions }: ConnectorView): string[] {
	const positions = partitions === undefined ? '' : claim(partitions, (value) => `${number(value)} partitions`);
	return [
		name,
		role,
		`${source} → ${target}`,
		state,
		state === 'missing' ? '' : `${tasks.running} of ${tasks.all} running`,
		positions,
	];
}

function flowLine({ link, flows, unreachable }: MirrorView): [Mark, string] {
	if (flows.length > 1)
		return [
			'failed',
			`${link}: mirrors run in both directions, so records circle without end. Stop one at its Connect cluster.`,
		];
	const [flow] = flows;
	if (flow)
		return [
			'done',
			`${link}: the mirror ${flow.source} → ${flow.target} is running. To see whether records arrive: kdr lag`,
		];
	if (unreachable.length > 0) return ['unknown', `${link}: the direction of the mirror is unknown.`];
	return ['warning', `${link}: no mirror is running.`];
}
