import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openRealStorage } from '../../src/platform/storage/real-storage.ts';
import { mountSmallFileSystem, type SmallFileSystem } from './small-file-system.ts';
import { describeStorage } from './storage-conformance.ts';

describeStorage('on a disk', async () => {
  const home = mkdtempSync(join(tmpdir(), 'understudy-storage-'));
  const mounted: SmallFileSystem[] = [];
  return {
    storage: await openRealStorage(home),
    reopen: () => openRealStorage(home),
    small: async (freeBytes) => {
      const small = mountSmallFileSystem(freeBytes);
      if (small === undefined) return undefined;
      mounted.push(small);
      return openRealStorage(small.location);
    },
    remove: async () => {
      for (const small of mounted) small.remove();
      rmSync(home, { recursive: true, force: true });
    },
  };
});
