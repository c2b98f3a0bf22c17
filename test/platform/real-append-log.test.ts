import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { openRealStorage } from '../../src/platform/storage/real-storage.ts';

// A log that is asked again just as it comes to rest: however many turns of the microtask queue the asker takes after the
// last answer, it is served.
it('serves whoever asks at the moment it comes to rest', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'understudy-log-'));
  try {
    const log = await (await openRealStorage(folder)).openLog('events');
    for (let turns = 0; turns < 12; turns += 1) {
      await log.append([Buffer.from('a')]);
      await log.sync();
      for (let turn = 0; turn < turns; turn += 1) await Promise.resolve();
    }
    await log.close();
    expect(readFileSync(join(folder, 'events'), 'utf8')).toBe('a'.repeat(12));
  } finally {
    rmSync(folder, { recursive: true });
  }
});
