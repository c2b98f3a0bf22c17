// Proves that programs go on when parts of Understudy are killed: six programs write all the time in a folder that a filter protects, while
// at random moments the filter's process, the source server, both, and at every tenth the guard too are killed. No program may see an
// error or a pause of five seconds, nothing that was synced may be lost, and in the end the replica must be equal. A long run of
// test/e2e/kills/kills.test.ts, of which a few kills are among the tests.
//
//   npm run proof:kills [-- --kills 100] [--seed 1]
//
// As root. The servers are those of a build, which is made first, because a server from its source takes seconds to start on a busy machine. When the guard is killed, programs lose their open files, but the folder must be usable again within five seconds.
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { build } from './build.ts';
import { anySeed, runLongTest } from './proof/long-test.ts';

const { values } = parseArgs({
  options: { kills: { type: 'string', default: '100' }, seed: { type: 'string', default: anySeed } },
});
const dist = join(import.meta.dirname, '..', 'dist');
await build(dist);
process.exitCode = await runLongTest('kills', {
  UNDERSTUDY_PROOF_KILLS: values.kills,
  UNDERSTUDY_PROOF_SEED: values.seed,
  UNDERSTUDY_PROOF_ENTRY: join(dist, 'understudy.cjs'),
});
