// The simulator is worth what it catches: every planted bug of the engine must break an invariant. Each runs in a process of
// its own, with the bug put into the engine's source as it is loaded.
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { plantedBugs } from './planted-bugs.ts';

const project = join(import.meta.dirname, '../../..');
const timeout = 400_000;
/** A bug may make the engine spin; the process must not outlive its test. */
const processMs = 380_000;

async function simulateWith(
  bug: string,
  firstSeed: number,
  scenario: string | undefined,
): Promise<{ readonly exitCode: number | null; readonly out: string }> {
  const preload = join(import.meta.dirname, 'plant.ts');
  const kept = join(import.meta.dirname, '../scenarios', `${scenario}.scenario`);
  const history = scenario === undefined ? ['--runs', '2000'] : ['--scenario', kept];
  const words = ['simulate', '--no-shrink', ...history, '--seed', String(firstSeed)];
  const child = spawn(process.execPath, ['--import', preload, join(project, 'src/cli/main.ts'), ...words], {
    env: { ...process.env, PLANTED_BUG: bug },
    stdio: ['ignore', 'pipe', 'pipe'],
    timeout: processMs,
    killSignal: 'SIGKILL',
  });
  let out = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (piece) => (out += String(piece)));
  const exitCode = await new Promise<number | null>((resolve) => child.on('close', resolve));
  return { exitCode, out };
}

test.each(plantedBugs)('$name', { timeout }, async ({ name, caughtBy, firstSeed = 1, scenario }) => {
  const { exitCode, out } = await simulateWith(name, firstSeed, scenario);
  const invariant = /^BROKEN: (.*)$/m.exec(out)?.[1];
  expect(caughtBy, out).toContain(invariant);
  expect(exitCode).toBe(1);
});
