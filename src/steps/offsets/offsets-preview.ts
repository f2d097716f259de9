import { describeGroups } from '../by-hand.ts';
import { gateKind } from '../kind.ts';
import { offsetsCommit } from './offsets-commit.ts';

type Params = Parameters<typeof offsetsCommit.observe>[0];
type Facts = Awaited<ReturnType<typeof offsetsCommit.observe>>;

/** What `offsets-commit` would set, and sets nothing: for a drill. */
export const offsetsPreview = gateKind<Params, Facts>({
	type: 'gate',
	kind: 'offsets-preview',
	formerly: ['offsets-look'],
	purpose: "show what the groups' offsets would be on the cluster we move to; set nothing",
	report: { phase: 'offsets' },
	params: offsetsCommit.params,
	observe: offsetsCommit.observe,
	check: offsetsCommit.check,
	summary: (facts, given, ctx) => ({ ...offsetsCommit.plan(facts, given, ctx).summary, undo: '-', commands: [] }),
	byHand: (_params, { move }) => ({
		commands: [describeGroups(move.from), describeGroups(move.to)],
		see: `the commits of every group on ${move.from}, and what ${move.to} has for it now`,
	}),
	waitMs: () => 0,
});
