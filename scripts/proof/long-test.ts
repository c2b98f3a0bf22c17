// Runs tests as a proof: some of test/e2e with more rounds than among the tests. Whatever happens, also when it is ended by a signal, nothing
// stays mounted, no process runs on, and the files are removed.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, mkdtempSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { takeFiltersAway } from '../../test/support/filters.ts';

/** Without a seed given, any. */
export const anySeed = String(Date.now() % 100_000);

/**
 * @param tests Below test/e2e. @param environment What the tests take from it.
 * @return The code with which the process should end: 0 when all was as it must be.
 */
export async function runLongTest(tests: string, environment: Readonly<Record<string, string>>): Promise<number> {
  const root = join(import.meta.dirname, '..', '..');
  // The paths of sockets in it must not be long.
  const folder = realpathSync(mkdtempSync(join(tmpdir(), 'proof-')));
  // The accounts of programs pass through it.
  chmodSync(folder, 0o711);
  const words = [join(root, 'node_modules', 'vitest', 'vitest.mjs'), 'run', join('test', 'e2e', tests)];
  const running = spawn(process.execPath, words, {
    cwd: root,
    // A group of its own, so that its workers can be ended with it.
    detached: true,
    stdio: 'inherit',
    env: { ...process.env, TMPDIR: folder, ...environment },
  });
  const { pid } = running;
  for (const signal of ['SIGINT', 'SIGTERM'] as const)
    process.on(signal, () => pid !== undefined && process.kill(-pid, 'SIGKILL'));
  const [status] = await once(running, 'close');
  takeFiltersAway(folder);
  rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
  return status ?? 1;
}
