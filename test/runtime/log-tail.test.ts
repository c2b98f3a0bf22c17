import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { rawFromText } from '../../src/base/raw-path.ts';
import { RealFiles } from '../../src/platform/files/real-files.ts';
import { logTail } from '../../src/runtime/server/log-tail.ts';

let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'understudy-log-tail-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

async function tail(linesMax: number): Promise<readonly string[]> {
  const logs = await new RealFiles().openTree(rawFromText(folder));
  try {
    return await logTail(logs, linesMax);
  } finally {
    await logs.close();
  }
}

it('reads on in the full files when the log was begun anew a moment ago', async () => {
  expect(await tail(5)).toEqual([]);
  writeFileSync(join(folder, 'server-00000009.log'), 'a\nb\n');
  writeFileSync(join(folder, 'server-00000010.log'), 'c\nd\n');
  writeFileSync(join(folder, 'server.log'), 'e\n');
  writeFileSync(join(folder, 'server-of-mine.log'), 'mine\n');
  expect(await tail(1)).toEqual(['e']);
  expect(await tail(4)).toEqual(['b', 'c', 'd', 'e']);
  expect(await tail(100)).toEqual(['a', 'b', 'c', 'd', 'e']);
});
