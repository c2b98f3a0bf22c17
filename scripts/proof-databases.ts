// Proves that the replica of a filtered folder is a prefix of the source's history: databases write, both servers are killed at
// random moments, and every database must open on the replica as it is, with exactly its first transactions. A long run of
// test/e2e/databases/databases.test.ts, of which a few cuts are among the tests.
//
//   npm run proof:databases [-- --cuts 200] [--watch-cuts 20] [--seed 1]
//
// As root, with PostgreSQL of Debian. Beside it the same cuts are made with CAPTURE WATCH, for which nothing is promised. Ends with
// code 0 when the promise held at every cut and no database had an error. Whatever happens, nothing stays mounted.
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, mkdtempSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { isWithin } from '../src/base/raw-path.ts';
import { readMounts } from '../src/platform/watch-capture/kernel/mount-table.ts';

const { values } = parseArgs({
  options: {
    cuts: { type: 'string', default: '200' },
    'watch-cuts': { type: 'string' },
    seed: { type: 'string', default: String(Date.now() % 100_000) },
  },
});

const root = join(import.meta.dirname, '..');
// The paths of sockets in it must not be long.
const folder = realpathSync(mkdtempSync(join(tmpdir(), 'proof-')));
// The account of PostgreSQL passes through it.
chmodSync(folder, 0o711);
const words = [join(root, 'node_modules', 'vitest', 'vitest.mjs'), 'run', join('test', 'e2e', 'databases')];
const tests = spawn(process.execPath, words, {
  cwd: root,
  // A group of its own, so that its workers can be ended with it.
  detached: true,
  stdio: 'inherit',
  env: {
    ...process.env,
    TMPDIR: folder,
    UNDERSTUDY_PROOF_CUTS: values.cuts,
    UNDERSTUDY_PROOF_WATCH_CUTS: values['watch-cuts'] ?? values.cuts,
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
