// The application of these tests (random-writer.ts) as a process that is started and ended.
import type { ChildProcess } from 'node:child_process';
import { join } from 'node:path';
import { expect } from 'vitest';
import type { Pair } from '../support/serve-process.ts';

/** Resolves when it has begun to write into the workload. */
export async function startWriter(pair: Pair, seed: number): Promise<ChildProcess> {
  const program = join(import.meta.dirname, 'random-writer.ts');
  const writer = pair.stage.spawn(process.execPath, [program, pair.workload, String(seed)]);
  await new Promise((resolve) => writer.stdout?.once('data', resolve));
  return writer;
}

/** Resolves when it has written for the last time. */
export async function endWriter(pair: Pair, writer: ChildProcess): Promise<void> {
  const ended = pair.stage.finish(writer);
  writer.kill('SIGTERM');
  expect(await ended).toMatchObject({ exitCode: 0, notes: '' });
}
