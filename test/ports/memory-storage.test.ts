import { describe, expect, it } from 'vitest';
import { MemoryStorage } from '../../src/simulator/memory/memory-storage.ts';
import { describeStorage } from './storage-conformance.ts';

describeStorage('in memory', async () => {
  const storage = new MemoryStorage();
  return {
    storage,
    reopen: async () => {
      storage.crash();
      return storage;
    },
    small: async (freeBytes) => new MemoryStorage({ spaceBytes: freeBytes }),
    remove: async () => undefined,
  };
});

describe('a crash of the storage in memory', () => {
  it('takes what was not synced, but for a torn piece when asked, and kills open logs', async () => {
    const storage = new MemoryStorage();
    const log = await storage.openLog('log');
    const unsynced = await storage.openLog('unsynced');
    await log.append([Buffer.from('kept')]);
    await log.sync();
    await log.append([Buffer.from('lost')]);
    storage.crash(2);
    expect((await storage.read('log'))?.toString()).toBe('keptlo');
    expect(await storage.list('')).toEqual(['log']);
    await expect(log.append([Buffer.from('x')])).rejects.toMatchObject({ code: 'EBADF' });
    await expect(unsynced.sync()).rejects.toMatchObject({ code: 'EBADF' });
  });

  it('lets a test make a sync fail, after which the log is dead', async () => {
    const storage = new MemoryStorage();
    const log = await storage.openLog('log');
    await log.append([Buffer.from('a')]);
    storage.failNextSync('EIO');
    await expect(log.sync()).rejects.toMatchObject({ code: 'EIO' });
    await expect(log.sync()).rejects.toMatchObject({ code: 'EIO' });
    await expect(log.append([Buffer.from('b')])).rejects.toMatchObject({ code: 'EIO' });
    storage.crash();
    expect(await storage.read('log')).toBeUndefined();
  });
});
