import type { LagView, TopicLag } from './view.ts';

/** The same view with each topic's trend against an earlier look. */
export function withTrend(view: LagView, before: LagView | undefined): LagView {
	const earlier = new Map(before?.topics.map((topic) => [topic.topic, topic]));
	return {
		...view,
		topics: view.topics.map((topic) => ({ ...topic, trend: trendOf(topic, earlier.get(topic.topic)) })),
	};
}

function trendOf({ trend, behind }: TopicLag, before: TopicLag | undefined): TopicLag['trend'] {
	if (trend === 'drained') return 'drained';
	if (!before || behind.kind === 'unknown' || before.behind.kind === 'unknown') return 'unknown';
	if (behind.value === before.behind.value) return 'steady';
	return behind.value > before.behind.value ? 'growing' : 'shrinking';
}
