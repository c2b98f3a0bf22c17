// What every adapter of the storage port must do, in memory or on a disk.
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Storage } from '../../src/ports/storage.ts';
import { codeOf } from './files-help.ts';

export interface StoragePlace {
  readonly storage: Storage;
  /** A storage that holds what this one made durable, as after a restart. */
  reopen(): Promise<Storage>;
  /** An empty storage with about this many free bytes; undefined where none can be made. */
  small(freeBytes: number): Promise<Storage | undefined>;
  remove(): Promise<void>;
}

const bytes = (text: string): Buffer => Buffer.from(text);

export function describeStorage(adapter: string, makePlace: () => Promise<StoragePlace>): void {
  describe(`storage: ${adapter}`, () => {
    let place: StoragePlace;
    let storage: Storage;

    beforeEach(async () => {
      place = await makePlace();
      storage = place.storage;
    });

    afterEach(async () => {
      await place?.remove();
    });

    it('knows nothing of a name that was never written', async () => {
      expect(await storage.read('jobs/none')).toBeUndefined();
      expect(await codeOf(storage.readRange('jobs/none', 0, 1))).toBe('ENOENT');
      expect(await storage.list('jobs')).toEqual([]);
      await storage.remove('jobs/none');
    });

    it('replaces a file whole, and finds it again after a restart', async () => {
      await storage.replace('jobs/one.json', bytes('first and longer'));
      await storage.replace('jobs/one.json', bytes('second'));
      await storage.replace('jobs/empty', bytes(''));
      const reopened = await place.reopen();
      expect((await reopened.read('jobs/one.json'))?.toString()).toBe('second');
      expect((await reopened.read('jobs/empty'))?.length).toBe(0);
      expect((await reopened.readRange('jobs/one.json', 1, 3)).toString()).toBe('eco');
      expect((await reopened.readRange('jobs/one.json', 4, 100)).toString()).toBe('nd');
      expect((await reopened.readRange('jobs/one.json', 6, 100)).length).toBe(0);
      expect((await reopened.readRange('jobs/one.json', 600, 100)).length).toBe(0);
    });

    it('gives bytes that stay as they are', async () => {
      const mine = bytes('mine');
      await storage.replace('a', mine);
      mine.fill(0);
      const read = await storage.read('a');
      await storage.replace('a', bytes('next'));
      expect(read?.toString()).toBe('mine');
    });

    it('appends in order, and what was synced outlives a restart', async () => {
      const log = await storage.openLog('queue/0001/log');
      expect([log.name, log.size]).toEqual(['queue/0001/log', 0]);
      await log.append([bytes('one '), bytes(''), bytes('two ')]);
      await log.append([]);
      await log.append([bytes('three')]);
      expect(log.size).toBe(13);
      expect((await storage.readRange('queue/0001/log', 4, 3)).toString()).toBe('two');
      await log.sync();
      await log.close();
      const reopened = await place.reopen();
      expect((await reopened.read('queue/0001/log'))?.toString()).toBe('one two three');
      const again = await reopened.openLog('queue/0001/log');
      expect(again.size).toBe(13);
      await again.append([bytes('!')]);
      await again.sync();
      await again.close();
      expect((await reopened.read('queue/0001/log'))?.toString()).toBe('one two three!');
    });

    it('takes many and large chunks in one call', async () => {
      const log = await storage.openLog('log');
      const chunks = Array.from({ length: 3000 }, (_, index) => Buffer.alloc(1 + (index % 700), index));
      await log.append(chunks);
      await log.append([Buffer.alloc(3_000_000, 7)]);
      await log.sync();
      const whole = Buffer.concat([...chunks, Buffer.alloc(3_000_000, 7)]);
      expect(log.size).toBe(whole.length);
      expect((await storage.read('log'))?.equals(whole)).toBe(true);
      await log.close();
    });

    it('keeps the order of appends and syncs that were not awaited one by one', async () => {
      const log = await storage.openLog('log');
      const calls: Promise<void>[] = [];
      for (let index = 0; index < 50; index += 1) {
        calls.push(log.append([bytes(`${index},`)]));
        if (index % 7 === 0) calls.push(log.sync());
      }
      await Promise.all(calls);
      const expected = Array.from({ length: 50 }, (_, index) => `${index},`).join('');
      expect((await storage.read('log'))?.toString()).toBe(expected);
      await log.close();
    });

    it('cuts a log when it is opened with a size', async () => {
      const log = await storage.openLog('log');
      await log.append([bytes('good torn')]);
      await log.sync();
      await log.close();
      const cut = await storage.openLog('log', { truncateTo: 4 });
      expect(cut.size).toBe(4);
      await cut.append([bytes(' new')]);
      await cut.sync();
      await cut.close();
      expect((await storage.read('log'))?.toString()).toBe('good new');
      const longer = await storage.openLog('log', { truncateTo: 100 });
      expect(longer.size).toBe(8);
      await longer.close();
    });

    it('is dead after closing', async () => {
      const log = await storage.openLog('log');
      await log.close();
      await log.close();
      expect(await codeOf(log.append([bytes('x')]))).toBe('EBADF');
      expect(await codeOf(log.sync())).toBe('EBADF');
    });

    it('lists what lies below a folder, sorted, and nothing beside it', async () => {
      for (const name of ['queue/b', 'queue/a/2', 'queue/a/1', 'queues', 'other/x']) {
        await storage.replace(name, bytes(name));
      }
      await (await storage.openLog('queue/z')).close();
      expect(await storage.list('queue')).toEqual(['queue/a/1', 'queue/a/2', 'queue/b', 'queue/z']);
      expect(await storage.list('queue/a')).toEqual(['queue/a/1', 'queue/a/2']);
      expect(await storage.list('queues')).toEqual([]);
      await storage.remove('queue/a/1');
      await storage.remove('queue/a/2');
      expect(await storage.list('queue')).toEqual(['queue/b', 'queue/z']);
      await storage.replace('queue/a', bytes('a file where a folder was'));
      expect((await storage.read('queue/a'))?.toString()).toContain('file');
    });

    it('takes no name that could lead elsewhere', async () => {
      for (const name of ['', '/etc/x', '../x', 'a/../b', 'a//b', 'a/', 'Big', 'a b', 'x.tmp', 'x\0', './a']) {
        await expect(storage.replace(name, bytes('x'))).rejects.toThrow('not a storage name');
        await expect(storage.read(name)).rejects.toThrow('not a storage name');
        await expect(storage.openLog(name)).rejects.toThrow('not a storage name');
        await expect(storage.remove(name)).rejects.toThrow('not a storage name');
      }
    });

    it('refuses what does not fit; a log that was refused is dead, and its synced part whole', async () => {
      const small = await place.small(1_048_576);
      if (small === undefined) return;
      await small.replace('kept', bytes('kept'));
      const log = await small.openLog('log');
      await log.append([bytes('synced')]);
      await log.sync();
      expect(await codeOf(log.append([Buffer.alloc(4_194_304, 1)]))).toBe('ENOSPC');
      expect(await codeOf(log.append([bytes('x')]))).toBe('ENOSPC');
      expect(await codeOf(log.sync())).toBe('ENOSPC');
      await log.close();
      expect(await codeOf(small.replace('kept', Buffer.alloc(4_194_304, 1)))).toBe('ENOSPC');
      expect((await small.read('kept'))?.toString()).toBe('kept');
      expect(await small.list('')).toEqual(['kept', 'log']);
      expect((await small.readRange('log', 0, 6)).toString()).toBe('synced');
      const again = await small.openLog('log', { truncateTo: 6 });
      await again.append([bytes(' more')]);
      await again.sync();
      await again.close();
      expect((await small.read('log'))?.toString()).toBe('synced more');
    });

    it('tells how much room there is', async () => {
      const space = await storage.space();
      expect(space.totalBytes).toBeGreaterThan(0);
      expect(space.freeBytes).toBeLessThanOrEqual(space.totalBytes);
    });
  });
}
