// What every open file must do, whichever adapter gave it: contents, holes, sizes. Called by files-conformance.ts.
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { FileTree, OpenFile } from '../../src/ports/files.ts';
import { codeOf, contentOf, path } from './files-help.ts';

/** `currentTree` gives the empty tree of the test that runs. */
export function describeContents(currentTree: () => FileTree): void {
  describe('contents', () => {
    let tree: FileTree;
    let file: OpenFile;

    beforeEach(async () => {
      tree = currentTree();
      file = await tree.create(path('f'), 0o644);
    });

    afterEach(async () => {
      await file.close();
    });

    it('reads what was written, up to the end', async () => {
      await file.write(0, Buffer.from('hello world'));
      await file.write(6, Buffer.from('there'));
      expect((await file.read(0, 100)).toString()).toBe('hello there');
      expect((await file.read(6, 3)).toString()).toBe('the');
      expect((await file.read(11, 10)).length).toBe(0);
      expect((await file.read(1000, 10)).length).toBe(0);
      expect((await file.status()).size).toBe(11);
      expect(await contentOf(tree, 'f')).toBe('hello there');
    });

    it('gives buffers that stay as they are', async () => {
      await file.write(0, Buffer.from('first'));
      const first = await file.read(0, 5);
      await file.write(0, Buffer.from('other'));
      await file.read(0, 5);
      expect(first.toString()).toBe('first');
    });

    it('is empty when nothing was written', async () => {
      await file.write(0, Buffer.alloc(0));
      expect((await file.status()).size).toBe(0);
      expect(await file.dataRanges()).toEqual([]);
      expect((await file.read(0, 10)).length).toBe(0);
    });

    it('writes and reads large pieces whole', async () => {
      const data = Buffer.alloc(3_000_001, 'abcdefg');
      await file.write(5, data);
      expect((await file.read(5, data.length)).equals(data)).toBe(true);
      expect((await file.status()).size).toBe(3_000_006);
    });

    it('truncates and grows, and what comes back is zeros', async () => {
      await file.write(0, Buffer.from('0123456789'));
      await file.truncate(4);
      await file.truncate(8);
      expect((await file.read(0, 20)).toString('latin1')).toBe('0123\0\0\0\0');
    });

    it('keeps holes and says where data is', async () => {
      const blockBytes = 65_536;
      await file.write(4 * blockBytes, Buffer.alloc(blockBytes, 'x'));
      await file.write(10 * blockBytes, Buffer.alloc(100, 'y'));
      await file.truncate(20 * blockBytes);
      const ranges = await file.dataRanges();
      expect(ranges).toHaveLength(2);
      expect(ranges[0]).toEqual({ offset: 4 * blockBytes, length: blockBytes });
      expect(ranges[1]?.offset).toBe(10 * blockBytes);
      const status = await file.status();
      expect(status.size).toBe(20 * blockBytes);
      expect(status.allocatedBytes).toBeLessThan(3 * blockBytes);
      expect((await file.read(3 * blockBytes, 10)).every((byte) => byte === 0)).toBe(true);
    });

    it('punches a hole without changing the size', async () => {
      await file.write(0, Buffer.alloc(200_000, 'x'));
      const before = (await file.status()).allocatedBytes;
      await file.punch(1000, 150_000);
      const status = await file.status();
      expect(status.size).toBe(200_000);
      expect(status.allocatedBytes).toBeLessThan(before);
      const bytes = await file.read(0, 200_000);
      expect(bytes.subarray(1000, 151_000).every((byte) => byte === 0)).toBe(true);
      expect(bytes.subarray(0, 1000).every((byte) => byte === 120)).toBe(true);
      expect(bytes.subarray(151_000).every((byte) => byte === 120)).toBe(true);
      await file.punch(150_000, 1_000_000);
      expect((await file.status()).size).toBe(200_000);
      expect((await file.read(199_990, 20)).equals(Buffer.alloc(10))).toBe(true);
      await file.punch(300_000, 1000);
      expect((await file.status()).size).toBe(200_000);
    });

    it('moves the times of what it changes', async () => {
      await tree.setAttributes(path('f'), { modifiedNs: 1n });
      await file.write(0, Buffer.from('x'));
      const status = await file.status();
      expect(status.modifiedNs).toBeGreaterThan(1n);
      expect(status.changedNs).toBeGreaterThan(1n);
    });

    it('lets an open file live on after its name is gone', async () => {
      await file.write(0, Buffer.from('still here'));
      await tree.unlink(path('f'));
      expect((await file.read(0, 100)).toString()).toBe('still here');
      expect((await file.status()).links).toBe(0);
      await file.sync();
    });

    it('refuses to write through a file opened for reading, and anything once closed', async () => {
      const reader = await tree.open(path('f'), 'read');
      expect(await codeOf(reader.write(0, Buffer.from('x')))).toBe('EBADF');
      await reader.close();
      await reader.close();
      expect(await codeOf(reader.read(0, 1))).toBe('EBADF');
      expect(await codeOf(reader.status())).toBe('EBADF');
    });

    it('opens for writing without touching what is there', async () => {
      await file.write(0, Buffer.from('abc'));
      const writer = await tree.open(path('f'), 'write');
      await writer.write(1, Buffer.from('X'));
      expect((await writer.read(0, 10)).toString()).toBe('aXc');
      await writer.sync();
      await writer.close();
    });

    it('creates only where nothing is, and opens only regular files', async () => {
      expect(await codeOf(tree.create(path('f'), 0o644))).toBe('EEXIST');
      await tree.makeDirectory(path('folder'), 0o755);
      await tree.makeSpecial(path('fifo'), 'fifo', 0o644, 0);
      await tree.makeSpecial(path('socket'), 'socket', 0o644, 0);
      for (const name of ['folder', 'fifo', 'socket']) {
        expect(await codeOf(tree.create(path(name), 0o644))).toBe('EEXIST');
        expect(await codeOf(tree.open(path(name), 'read'))).toBe('EINVAL');
        expect(await codeOf(tree.open(path(name), 'write'))).toBe('EINVAL');
      }
    });
  });
}
