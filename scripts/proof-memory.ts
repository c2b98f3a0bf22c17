// Proves that the memory of both servers stays under that of their queues (512 MB, the least) and 200 MB more while the target is
// stopped for minutes under full load, that the source's application does not wait, and that nothing is lost. A long run of
// test/e2e/memory/memory.test.ts, of which some seconds are among the tests.
//
//   npm run proof:memory [-- --minutes 10] [--beside-minutes 10] [--capture FILTER|WATCH] [--rate 30] [--seed 1]
//
// A program writes `--rate` MB a second all the time; first with the target running, for the waits to compare. What it has written
// lies in the transaction logs of the source until the target goes on, and then in those of the target: minutes x rate x 60 MB twice
// must be free beside 3 GB. As root for FILTER, with rsync(1). Whatever happens, nothing stays mounted.
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, realpathSync, rmSync, statfsSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { isWithin } from '../src/base/raw-path.ts';
import { readMounts } from '../src/platform/watch-capture/kernel/mount-table.ts';

const { values } = parseArgs({
  options: {
    minutes: { type: 'string', default: '10' },
    'beside-minutes': { type: 'string' },
    capture: { type: 'string', default: 'FILTER' },
    rate: { type: 'string', default: '30' },
    seed: { type: 'string', default: String(Date.now() % 100_000) },
  },
});
const [minutes, megabytes] = [Number(values.minutes), Number(values.rate)];
const besideMinutes = Number(values['beside-minutes'] ?? values.minutes);

const root = join(import.meta.dirname, '..');
// The paths of sockets in it must not be long.
const folder = realpathSync(mkdtempSync(join(tmpdir(), 'proof-')));
const { bavail, bsize } = statfsSync(folder);
const neededGigabytes = (2 * minutes * 60 * megabytes) / 1000 + 3;
if ((bavail * bsize) / 1e9 < neededGigabytes) {
  rmSync(folder, { recursive: true });
  throw new Error(`${folder} needs ${neededGigabytes} GB free for so many minutes at this rate; take fewer of them`);
}
const words = [join(root, 'node_modules', 'vitest', 'vitest.mjs'), 'run', join('test', 'e2e', 'memory')];
const tests = spawn(process.execPath, words, {
  cwd: root,
  // A group of its own, so that its workers can be ended with it.
  detached: true,
  stdio: 'inherit',
  env: {
    ...process.env,
    TMPDIR: folder,
    UNDERSTUDY_PROOF_SECONDS: String(minutes * 60),
    UNDERSTUDY_PROOF_BESIDE_SECONDS: String(besideMinutes * 60),
    UNDERSTUDY_PROOF_CAPTURE: values.capture.toLowerCase(),
    UNDERSTUDY_PROOF_RATE: String(megabytes * 1_000_000),
    UNDERSTUDY_PROOF_SEED: values.seed,
  },
});
const { pid } = tests;
for (const signal of ['SIGINT', 'SIGTERM'] as const)
  process.on(signal, () => pid !== undefined && process.kill(-pid, 'SIGKILL'));
const [status] = await once(tests, 'close');
for (const { mountPoint } of readMounts().reverse()) {
  if (isWithin(mountPoint, folder)) spawnSync('umount', ['--lazy', mountPoint]);
}
rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
process.exitCode = status ?? 1;
