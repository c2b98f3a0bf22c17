// The simulator is worth what it catches: every planted bug of the engine must break an invariant. Each runs in a process of
// its own, with the bug put into the engine's source as it is loaded.
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { plantedBugs } from './planted-bugs.ts';

const project = join(import.meta.dirname, '../../..');
const timeout = 600_000;

async function simulateWith(
  bug: string,
  firstSeed: number,
): Promise<{ readonly exitCode: number | null; readonly out: string }> {
  const preload = join(import.meta.dirname, 'plant.ts');
  const words = ['simulate', '--no-shrink', '--runs', '2000', '--seed', String(firstSeed)];
  const child = spawn(process.execPath, ['--import', preload, join(project, 'src/cli/main.ts'), ...words], {
    env: { ...process.env, PLANTED_BUG: bug },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let out = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (piece) => (out += String(piece)));
  try {
    const exitCode = await new Promise<number | null>((resolve) => child.on('close', resolve));
    return { exitCode, out };
  } finally {
    child.kill('SIGKILL');
  }
}

test.each(plantedBugs)('$name', { timeout }, async ({ name, caughtBy, firstSeed = 1 }) => {
  const { exitCode, out } = await simulateWith(name, firstSeed);
  const invariant = /^BROKEN: (.*)$/m.exec(out)?.[1];
  expect(caughtBy, out).toContain(invariant);
  expect(exitCode).toBe(1);
});
