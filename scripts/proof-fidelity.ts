// Proves that programs find in a protected folder what they find in a bare one, and that the replica becomes equal: all parts of
// test/e2e/fidelity/fidelity.test.ts, of which one is among the tests.
//
//   npm run proof:fidelity [-- --only fio,git,npm,kernel,stress,posix] [--seed 1]
//
// As root, with the packages of the tests and of Debian `stress-ng` (stress) and `linux-source-6.1` (kernel); `npm` needs the network. Each
// part ends when VERIFY says that the replica is the same and `rsync -aHAXn --numeric-ids --delete --checksum` finds no difference.
import { existsSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { findProgram } from './packages.ts';
import { anySeed, runLongTest } from './proof/long-test.ts';

const all = ['fio', 'git', 'npm', 'posix', 'stress', 'kernel'];
const { values } = parseArgs({
  options: { only: { type: 'string', default: all.join(',') }, seed: { type: 'string', default: anySeed } },
});
const parts = values.only.split(',');
const unknown = parts.filter((part) => !all.includes(part));
if (unknown.length > 0) throw new Error(`there is no part ${unknown.join(', ')}; there are ${all.join(', ')}`);
if (process.getuid?.() !== 0) throw new Error('only root may mount a filter: run it as root');
if (parts.includes('stress') && findProgram('stress-ng') === undefined)
  throw new Error('stress-ng is not there; apt-get install stress-ng, or leave the part "stress" out');
if (parts.includes('kernel') && !existsSync('/usr/src/linux-source-6.1.tar.xz'))
  throw new Error('the source of Linux is not there; apt-get install linux-source-6.1, or leave the part "kernel" out');
process.exitCode = await runLongTest('fidelity', {
  UNDERSTUDY_PROOF_PARTS: values.only,
  UNDERSTUDY_PROOF_SEED: values.seed,
});
