// Real servers, killed and stopped at random while an application writes; after every round the replica must become equal by
// itself. A long run of test/e2e/soak.test.ts, of which a few rounds are among the tests.
//
//   npm run soak [-- --rounds 100] [--seed 1] [--faults "kill the target,kill both"]
//
// Every round prints what was done and how long the replica took. Ends with code 0 when no round left a difference.
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { parseArgs } from 'node:util';

const { values } = parseArgs({
  options: {
    rounds: { type: 'string', default: '100' },
    seed: { type: 'string', default: String(Date.now() % 100_000) },
    faults: { type: 'string' },
  },
});

const root = join(import.meta.dirname, '..');
const vitest = join(root, 'node_modules', 'vitest', 'vitest.mjs');
const ended = spawnSync(process.execPath, [vitest, 'run', join('test', 'e2e', 'soak.test.ts')], {
  cwd: root,
  stdio: 'inherit',
  env: {
    ...process.env,
    UNDERSTUDY_SOAK_ROUNDS: values.rounds,
    UNDERSTUDY_SOAK_SEED: values.seed,
    ...(values.faults === undefined ? {} : { UNDERSTUDY_SOAK_FAULTS: values.faults }),
  },
});
process.exitCode = ended.status ?? 1;
