// Proves that the memory of both servers stays under that of their queues (512 MB, the least) and 200 MB more while the target is
// stopped for minutes under full load, that the source's application does not wait, and that nothing is lost. A long run of
// test/e2e/memory/memory.test.ts, of which some seconds are among the tests.
//
//   npm run proof:memory [-- --minutes 10] [--beside-minutes 10] [--capture FILTER|WATCH] [--rate 30] [--seed 1]
//
// A program writes `--rate` MB a second all the time; first with the target running, for the waits to compare. What it has written
// lies in the transaction logs of the source until the target goes on, and then in those of the target: minutes x rate x 60 MB twice
// must be free beside 3 GB. As root for FILTER, with rsync(1). Whatever happens, nothing stays mounted.
import { statfsSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { parseArgs } from 'node:util';
import { anySeed, runLongTest } from './proof/long-test.ts';

const { values } = parseArgs({
  options: {
    minutes: { type: 'string', default: '10' },
    'beside-minutes': { type: 'string' },
    capture: { type: 'string', default: 'FILTER' },
    rate: { type: 'string', default: '30' },
    seed: { type: 'string', default: anySeed },
  },
});
const [minutes, megabytes] = [Number(values.minutes), Number(values.rate)];
const besideMinutes = Number(values['beside-minutes'] ?? values.minutes);

const { bavail, bsize } = statfsSync(tmpdir());
const neededGigabytes = (2 * minutes * 60 * megabytes) / 1000 + 3;
if ((bavail * bsize) / 1e9 < neededGigabytes)
  throw new Error(`${tmpdir()} needs ${neededGigabytes} GB free for so many minutes at this rate; take fewer of them`);

process.exitCode = await runLongTest('memory', {
  UNDERSTUDY_PROOF_SECONDS: String(minutes * 60),
  UNDERSTUDY_PROOF_BESIDE_SECONDS: String(besideMinutes * 60),
  UNDERSTUDY_PROOF_CAPTURE: values.capture.toLowerCase(),
  UNDERSTUDY_PROOF_RATE: String(megabytes * 1_000_000),
  UNDERSTUDY_PROOF_SEED: values.seed,
});
