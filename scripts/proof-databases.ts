// Proves that the replica of a filtered folder is a prefix of the source's history: databases write, both servers are killed at
// random moments, and every database must open on the replica as it is, with exactly its first transactions. A long run of
// test/e2e/databases/databases.test.ts, of which a few cuts are among the tests.
//
//   npm run proof:databases [-- --cuts 200] [--watch-cuts 20] [--seed 1]
//
// As root, with PostgreSQL of Debian. Beside it the same cuts are made with CAPTURE WATCH, for which nothing is promised. Ends with
// code 0 when the promise held at every cut and no database had an error. Whatever happens, nothing stays mounted.
import { parseArgs } from 'node:util';
import { anySeed, runLongTest } from './proof/long-test.ts';

const { values } = parseArgs({
  options: {
    cuts: { type: 'string', default: '200' },
    'watch-cuts': { type: 'string' },
    seed: { type: 'string', default: anySeed },
  },
});

process.exitCode = await runLongTest('databases', {
  UNDERSTUDY_PROOF_CUTS: values.cuts,
  UNDERSTUDY_PROOF_WATCH_CUTS: values['watch-cuts'] ?? values.cuts,
  UNDERSTUDY_PROOF_SEED: values.seed,
});
