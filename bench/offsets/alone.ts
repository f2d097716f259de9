/** Plan, commit and read back of all groups, without the journal around them. `node alone.ts LAB.json latest|earliest`. */
import { readFileSync } from 'node:fs';
import type { LabState } from '../../src/lab/estate.ts';
import type { Side, World } from '../../src/ports/world.ts';
import { offsetsCommit } from '../../src/steps/offsets/offsets-commit.ts';
import { context, link } from '../../test/support/estate.ts';
import { sideOf, topic } from './estate.ts';

const [file = '', where] = process.argv.slice(2);
const side = sideOf(JSON.parse(readFileSync(file, 'utf8')) as LabState, 'west');
const io = { world: {} as World, from: side as unknown as Side, to: side as unknown as Side };
const ctx = context({ run: '7f3a0001', link: { ...link, topics: [topic] } });
const params = offsetsCommit.params.parse({ reset: { to: where } });
const facts = await offsetsCommit.observe(params, io, ctx);
const { change } = offsetsCommit.plan(facts, params, ctx);
if (!change || !offsetsCommit.reread) throw new Error('nothing to set');
const failed = await offsetsCommit.apply(change, io, ctx);
const seen = await offsetsCommit.reread(change, params, io, ctx);
const wrong = offsetsCommit.verify(seen, change, params, ctx, failed).filter(({ status }) => status !== 'pass');
await side.close();
if (failed.length > 0 || wrong.length > 0)
	throw new Error(`not set: ${JSON.stringify([...failed, ...wrong]).slice(0, 500)}`);
