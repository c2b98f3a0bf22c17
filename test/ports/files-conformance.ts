// What every adapter of the files port must do, in memory or on a disk. An adapter's test calls this with a way to get
// empty places of its own.
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { joinRaw, type RawPath, rawFromText } from '../../src/base/raw-path.ts';
import type { Files, FileTree } from '../../src/ports/files.ts';
import { describeContents } from './files-content-conformance.ts';
import { describeDoor } from './files-door-conformance.ts';
import { codeOf, contentOf, path } from './files-help.ts';

export interface FilesPlace {
  readonly files: Files;
  /** An absolute path of a directory that is there, empty and writable. */
  readonly location: string;
  /** A directory on another file system, of the same adapter; undefined where there is none. */
  readonly elsewhere: { readonly files: Files; readonly location: string } | undefined;
  /** Makes a file system with about this many free bytes and gives a directory on it; undefined where it cannot. */
  small(freeBytes: number): Promise<{ readonly files: Files; readonly location: string } | undefined>;
  /** Whether the process may change owners, make device nodes and set trusted attributes. */
  readonly privileged: boolean;
  /** Removes all of it. */
  remove(): Promise<void>;
}

const oddNames = [
  'with space',
  'new\nline',
  rawFromText('naïve – 日本'),
  '\xff\xfe not utf-8',
  '-dash',
  '\\back\'"quote',
  'x'.repeat(255),
  '\x01\x7f',
];

export function describeFiles(adapter: string, makePlace: () => Promise<FilesPlace>): void {
  describe(`files: ${adapter}`, () => {
    let place: FilesPlace;
    let tree: FileTree;

    beforeEach(async () => {
      place = await makePlace();
      tree = await place.files.openTree(place.location);
    });

    afterEach(async () => {
      await tree?.close();
      await place?.remove();
    });

    async function put(name: string, content: string | Uint8Array = '', into: FileTree = tree): Promise<RawPath> {
      const file = await into.create(path(name), 0o644);
      await file.write(0, Buffer.from(content));
      await file.close();
      return path(name);
    }

    async function namesIn(name: string): Promise<string[] | undefined> {
      return (await tree.list(path(name)))?.map((entry) => entry.name).sort();
    }

    describe('opening a tree', () => {
      it('makes missing directories only when asked, for the owner alone', async () => {
        const location = `${place.location}/a/b`;
        expect(await codeOf(place.files.openTree(location))).toBe('ENOENT');
        const made = await place.files.openTree(location, { create: true });
        expect(made.location).toBe(location);
        expect(await made.list(path(''))).toEqual([]);
        expect((await made.status(path('')))?.mode).toBe(0o700);
        await made.close();
        await (await place.files.openTree(location, { create: true })).close();
        expect((await tree.status(path('a')))?.mode).toBe(0o700);
      });

      it('refuses what is not a directory, and follows the links of its own path', async () => {
        await put('file');
        expect(await codeOf(place.files.openTree(`${place.location}/file`))).toBe('ENOTDIR');
        await tree.makeDirectory(path('real'), 0o755);
        await put('real/inside');
        await tree.makeSymlink(path('link'), 'real');
        const linked = await place.files.openTree(`${place.location}/link`);
        expect((await linked.list(path('')))?.map((entry) => entry.name)).toEqual(['inside']);
        await linked.close();
      });

      it('says which folder a path leads to, without opening it', async () => {
        const { files, location } = place;
        await tree.makeDirectory(path('real'), 0o755);
        await tree.makeSymlink(path('link'), 'real');
        await put('file');
        const status = await tree.status(path('real'));
        const { device, inode } = status ?? {};
        expect(await files.identityOf(`${location}/real`)).toEqual({ device, inode });
        expect(await files.identityOf(`${location}/link`)).toEqual({ device, inode });
        for (const name of ['missing', 'missing/below', 'file', 'file/below']) {
          expect(await files.identityOf(`${location}/${name}`)).toBeUndefined();
        }
        await tree.rename(path('real'), path('old'));
        expect(await files.identityOf(`${location}/link`)).toBeUndefined();
        await tree.makeDirectory(path('real'), 0o755);
        expect((await files.identityOf(`${location}/real`))?.inode).not.toBe(inode);
        expect((await files.identityOf(`${location}/old`))?.inode).toBe(inode);
      });

      it('is dead after closing', async () => {
        const other = await place.files.openTree(place.location);
        await other.close();
        expect(await codeOf(other.status(path('x')))).toBe('EBADF');
        await other.close();
      });
    });

    describe('names', () => {
      it('keeps every byte of a name, in files, folders, links and attributes', async () => {
        for (const name of oddNames) {
          await tree.makeDirectory(path(name), 0o755);
          await put(joinRaw(name, name), name);
          await tree.makeSymlink(joinRaw(name, 'link'), name);
        }
        expect(await namesIn('')).toEqual([...oddNames].sort());
        for (const name of oddNames) {
          expect(await namesIn(name)).toEqual(['link', name].sort());
          expect(await contentOf(tree, joinRaw(name, name))).toBe(Buffer.from(name).toString('latin1'));
          expect(await tree.readLink(joinRaw(name, 'link'))).toBe(name);
        }
      });

      it('refuses a name that is too long, and a path that is', async () => {
        const long = 'y'.repeat(256);
        expect(await codeOf(tree.create(path(long), 0o644))).toBe('ENAMETOOLONG');
        expect(await codeOf(tree.status(path(long)))).toBe('ENAMETOOLONG');
        const deep = Array.from({ length: 2100 }, () => 'd').join('/');
        expect(await codeOf(tree.status(path(deep)))).toBe('ENAMETOOLONG');
        expect(await codeOf(tree.makeDirectory(path(deep), 0o755))).toBe('ENAMETOOLONG');
      });

      it('says undefined where nothing is, and throws where something had to be', async () => {
        await put('file');
        await tree.makeDirectory(path('folder'), 0o755);
        await tree.makeSymlink(path('link'), 'folder');
        for (const absent of ['none', 'none/below', 'file/below', 'link/below']) {
          expect(await tree.status(path(absent))).toBeUndefined();
          expect(await tree.list(path(absent))).toBeUndefined();
        }
        expect(await tree.list(path('file'))).toBeUndefined();
        expect(await tree.list(path('link'))).toBeUndefined();
        expect(await codeOf(tree.open(path('none'), 'read'))).toBe('ENOENT');
        expect(await codeOf(tree.open(path('file/below'), 'read'))).toBe('ENOTDIR');
        expect(await codeOf(tree.open(path('link/below'), 'read'))).toBe('ELOOP');
        expect(await codeOf(tree.create(path('none/below'), 0o644))).toBe('ENOENT');
        expect(await codeOf(tree.create(path('link/below'), 0o644))).toBe('ELOOP');
        expect(await codeOf(tree.create(path('file/below'), 0o644))).toBe('ENOTDIR');
        expect(await codeOf(tree.unlink(path('none')))).toBe('ENOENT');
        expect(await codeOf(tree.rename(path('none'), path('other')))).toBe('ENOENT');
        expect(await codeOf(tree.extended(path('none')))).toBe('ENOENT');
        expect(await codeOf(tree.setAttributes(path('none'), { mode: 0o600 }))).toBe('ENOENT');
        expect(await codeOf(tree.readLink(path('none')))).toBe('ENOENT');
      });

      it('never follows a symbolic link, in the middle or at the end', async () => {
        const outside = await place.files.openTree(`${place.location}/outside`, { create: true });
        await put('secret', 'keep me', outside);
        const inside = await place.files.openTree(`${place.location}/inside`, { create: true });
        await inside.makeSymlink(path('absolute'), `${place.location}/outside`);
        await inside.makeSymlink(path('relative'), '../outside');
        await inside.makeSymlink(path('file'), '../outside/secret');
        const before = await outside.status(path('secret'));
        for (const through of ['absolute/secret', 'relative/secret']) {
          const attempts = [
            () => inside.open(path(through), 'write'),
            () => inside.unlink(path(through)),
            () => inside.rename(path(through), path('stolen')),
            () => inside.rename(path('file'), path(through)),
            () => inside.link(path(through), path('stolen')),
            () => inside.setAttributes(path(through), { mode: 0o777 }),
            () => inside.setExtended(path(through), 'user.note', Buffer.from('x')),
            () => inside.extended(path(through)),
            () => inside.readLink(path(through)),
            () => inside.makeDirectory(path(`${through}2`), 0o755),
            () => inside.makeSymlink(path(`${through}2`), 'x'),
            () => inside.makeSpecial(path(`${through}2`), 'fifo', 0o644, 0),
            () => inside.removeDirectory(path(through)),
          ];
          for (const attempt of attempts) expect(await codeOf(attempt())).toBe('ELOOP');
        }
        expect(await codeOf(inside.open(path('file'), 'read'))).toBe('EINVAL');
        expect(await codeOf(inside.open(path('file'), 'write'))).toBe('EINVAL');
        await inside.setAttributes(path('file'), { mode: 0o777, modifiedNs: 5n });
        expect((await inside.status(path('file')))?.modifiedNs).toBe(5n);
        expect(await outside.status(path('secret'))).toEqual(before);
        expect(await contentOf(outside, 'secret')).toBe('keep me');
        expect((await inside.status(path('relative')))?.kind).toBe('symlink');
        await outside.close();
        await inside.close();
      });

      it('treats the root as a folder that can be looked at, changed and listed, but not moved or removed', async () => {
        expect((await tree.status(path('')))?.kind).toBe('directory');
        await tree.setAttributes(path(''), { mode: 0o711, modifiedNs: 1_000_000_007n });
        await tree.setExtended(path(''), 'user.note', Buffer.from('root'));
        expect(await tree.status(path(''))).toMatchObject({ mode: 0o711, modifiedNs: 1_000_000_007n });
        expect(await tree.extended(path(''))).toMatchObject([{ name: 'user.note' }]);
        expect(await codeOf(tree.unlink(path('')))).toBe('EBUSY');
        expect(await codeOf(tree.removeDirectory(path('')))).toBe('EBUSY');
        expect(await codeOf(tree.rename(path(''), path('x')))).toBe('EBUSY');
        expect(await codeOf(tree.makeDirectory(path(''), 0o755))).toBe('EEXIST');
        expect(await codeOf(tree.open(path(''), 'read'))).toBe('EINVAL');
      });
    });

    describeContents(() => tree);
    describeDoor(() => ({ files: place.files, location: place.location, tree }));

    describe('objects', () => {
      it('makes every kind with exactly the mode it was given', async () => {
        await (await tree.create(path('file'), 0o4777)).close();
        await tree.makeDirectory(path('folder'), 0o1777);
        await tree.makeSpecial(path('fifo'), 'fifo', 0o622, 0);
        await tree.makeSpecial(path('socket'), 'socket', 0o777, 0);
        await tree.makeSymlink(path('link'), 'dangling/target');
        expect(await tree.status(path('file'))).toMatchObject({ kind: 'file', mode: 0o4777, size: 0, links: 1 });
        expect(await tree.status(path('folder'))).toMatchObject({ kind: 'directory', mode: 0o1777, links: 2 });
        expect(await tree.status(path('fifo'))).toMatchObject({ kind: 'fifo', mode: 0o622, specialDevice: 0 });
        expect(await tree.status(path('socket'))).toMatchObject({ kind: 'socket', mode: 0o777 });
        expect(await tree.status(path('link'))).toMatchObject({ kind: 'symlink', size: 15 });
        const listed = await tree.list(path(''));
        expect(listed).toHaveLength(5);
        for (const entry of listed ?? []) expect(entry.status).toEqual(await tree.status(path(entry.name)));
        expect(await codeOf(tree.readLink(path('file')))).toBe('EINVAL');
      });

      it('makes device nodes with their numbers', async () => {
        if (!place.privileged) return;
        const device = 300 * 2 ** 20 + 70_000;
        await tree.makeSpecial(path('disk'), 'block', 0o600, device);
        await tree.makeSpecial(path('tty'), 'character', 0o600, 4 * 2 ** 20 + 1);
        expect(await tree.status(path('disk'))).toMatchObject({ kind: 'block', specialDevice: device });
        expect(await tree.status(path('tty'))).toMatchObject({ kind: 'character', specialDevice: 4 * 2 ** 20 + 1 });
        expect(await codeOf(tree.open(path('tty'), 'read'))).toBe('EINVAL');
      });

      it('gives one object several names', async () => {
        await put('one', 'shared');
        await tree.link(path('one'), path('two'));
        const one = await tree.status(path('one'));
        expect(one?.links).toBe(2);
        expect(await tree.status(path('two'))).toEqual(one);
        expect(await codeOf(tree.link(path('one'), path('two')))).toBe('EEXIST');
        await tree.unlink(path('one'));
        expect(await contentOf(tree, 'two')).toBe('shared');
        expect((await tree.status(path('two')))?.links).toBe(1);
        await tree.makeDirectory(path('folder'), 0o755);
        expect(await codeOf(tree.link(path('folder'), path('second')))).toBe('EPERM');
        await tree.makeSymlink(path('link'), 'two');
        await tree.link(path('link'), path('link2'));
        expect((await tree.status(path('link2')))?.kind).toBe('symlink');
      });

      it('reads the object that is meant, or says ESTALE when its name is another one’s', async () => {
        const [old, renamed, other] = [
          await put('old', 'old bytes'),
          path('renamed'),
          await put('other', 'other bytes'),
        ];
        const meant = await tree.status(old);
        const reading = (at: RawPath) => [
          tree.open(at, 'read', meant).then((file) => file.close()),
          tree.extended(at, meant),
        ];
        await Promise.all(reading(old));
        await tree.rename(old, renamed);
        await tree.rename(other, old);
        for (const call of reading(old)) expect(await codeOf(call)).toBe('ESTALE');
        await Promise.all(reading(renamed));
        await tree.makeSymlink(path('link'), 'old');
        const link = await tree.status(path('link'));
        expect(await tree.readLink(path('link'), link)).toBe('old');
        await tree.rename(path('link'), path('moved'));
        await tree.makeSymlink(path('link'), 'renamed');
        expect(await codeOf(tree.readLink(path('link'), link))).toBe('ESTALE');
        expect(await codeOf(tree.extended(path('link'), link))).toBe('ESTALE');
      });

      it('gives different objects different numbers on one device', async () => {
        await put('a');
        await put('b');
        const [a, b] = [await tree.status(path('a')), await tree.status(path('b'))];
        expect(a?.device).toBe(b?.device);
        expect(a?.inode).not.toBe(b?.inode);
      });

      it('renames as rename(2) does', async () => {
        await put('a', 'A');
        await put('b', 'B');
        await tree.makeDirectory(path('empty'), 0o755);
        await tree.makeDirectory(path('full'), 0o755);
        await put('full/x', 'X');
        const before = await tree.status(path('a'));
        await tree.rename(path('a'), path('b'));
        expect(await contentOf(tree, 'b')).toBe('A');
        expect((await tree.status(path('b')))?.inode).toBe(before?.inode);
        expect(await tree.status(path('a'))).toBeUndefined();
        expect(await codeOf(tree.rename(path('b'), path('empty')))).toBe('EISDIR');
        expect(await codeOf(tree.rename(path('empty'), path('b')))).toBe('ENOTDIR');
        expect(await codeOf(tree.rename(path('empty'), path('full')))).toBe('ENOTEMPTY');
        expect(await codeOf(tree.rename(path('full'), path('full/x/y')))).toMatch(/EINVAL|ENOTDIR/);
        expect(await codeOf(tree.rename(path('full'), path('full/inner')))).toBe('EINVAL');
        await tree.rename(path('full'), path('empty'));
        expect(await contentOf(tree, 'empty/x')).toBe('X');
        await tree.link(path('b'), path('same'));
        await tree.rename(path('b'), path('same'));
        expect((await tree.status(path('b')))?.links).toBe(2);
      });

      it('removes files and empty directories, each with its own call', async () => {
        await put('a');
        await tree.makeDirectory(path('d'), 0o755);
        await put('d/x');
        expect(await codeOf(tree.unlink(path('d')))).toBe('EISDIR');
        expect(await codeOf(tree.removeDirectory(path('a')))).toBe('ENOTDIR');
        expect(await codeOf(tree.removeDirectory(path('d')))).toBe('ENOTEMPTY');
        await tree.unlink(path('d/x'));
        await tree.removeDirectory(path('d'));
        await tree.unlink(path('a'));
        expect(await namesIn('')).toEqual([]);
      });

      it('lists a large folder whole', async () => {
        await tree.makeDirectory(path('many'), 0o755);
        const names = Array.from({ length: 3000 }, (_, index) => `${index}-${'n'.repeat(index % 200)}`);
        for (const name of names) await (await tree.create(joinRaw('many', name), 0o600)).close();
        expect(await namesIn('many')).toEqual(names.sort());
      });
    });

    describe('attributes', () => {
      it('sets times to the nanosecond, before 1970 too, and of symbolic links', async () => {
        await put('file');
        await tree.makeSymlink(path('link'), 'file');
        await tree.makeDirectory(path('folder'), 0o755);
        for (const name of ['link', 'folder', 'file']) {
          for (const modifiedNs of [
            1_700_000_000_123_456_789n,
            0n,
            -1n,
            -1_500_000_001n,
            10_413_792_000_000_000_001n,
          ]) {
            await tree.setAttributes(path(name), { modifiedNs });
            expect((await tree.status(path(name)))?.modifiedNs).toBe(modifiedNs);
          }
        }
      });

      it('sets what is given and leaves the rest', async () => {
        await put('file');
        await tree.setAttributes(path('file'), { mode: 0o751, modifiedNs: 77n });
        await tree.setAttributes(path('file'), { mode: 0o640 });
        expect(await tree.status(path('file'))).toMatchObject({ mode: 0o640, modifiedNs: 77n });
        await tree.setAttributes(path('file'), {});
        expect(await tree.status(path('file'))).toMatchObject({ mode: 0o640, modifiedNs: 77n });
      });

      it('keeps set-id bits when owner and mode are set together', async () => {
        if (!place.privileged) return;
        await put('program');
        await tree.setAttributes(path('program'), { mode: 0o6755 });
        await tree.setAttributes(path('program'), { userId: 1234 });
        expect(await tree.status(path('program'))).toMatchObject({ userId: 1234, groupId: 0, mode: 0o755 });
        await tree.setAttributes(path('program'), { userId: 12, groupId: 34, mode: 0o6755, modifiedNs: 9n });
        expect(await tree.status(path('program'))).toMatchObject({
          userId: 12,
          groupId: 34,
          mode: 0o6755,
          modifiedNs: 9n,
        });
        await tree.makeSymlink(path('link'), 'program');
        await tree.setAttributes(path('link'), { userId: 5, groupId: 6, mode: 0o600 });
        expect(await tree.status(path('link'))).toMatchObject({ userId: 5, groupId: 6 });
        expect(await tree.status(path('program'))).toMatchObject({ userId: 12, groupId: 34, mode: 0o6755 });
        await tree.makeSpecial(path('fifo'), 'fifo', 0o600, 0);
        await tree.setAttributes(path('fifo'), { userId: 5, mode: 0o640 });
        expect(await tree.status(path('fifo'))).toMatchObject({ userId: 5, mode: 0o640 });
      });

      it('changes the mode of a file that nobody may open', async () => {
        await put('closed');
        await tree.setAttributes(path('closed'), { mode: 0 });
        await tree.setAttributes(path('closed'), { mode: 0o600 });
        expect((await tree.status(path('closed')))?.mode).toBe(0o600);
      });

      it('keeps the live mark of the root, which is no attribute that is seen or set', async () => {
        expect(await tree.liveMark()).toBeUndefined();
        await tree.setLiveMark(undefined);
        await tree.setLiveMark('live');
        await tree.setExtended(path(''), 'user.note', Buffer.from('seen'));
        expect(await tree.extended(path(''))).toMatchObject([{ name: 'user.note' }]);
        expect(await codeOf(tree.setExtended(path(''), 'user.understudy.live', Buffer.from('x')))).toBe('EOPNOTSUPP');
        const again = await place.files.openTree(place.location);
        expect(await again.liveMark()).toBe('live');
        await again.setLiveMark(undefined);
        await again.close();
        expect(await tree.liveMark()).toBeUndefined();
      });

      it('keeps extended attributes with any bytes, sorted by name', async () => {
        await put('file');
        const value = Buffer.from([0, 255, 10, 0]);
        await tree.setExtended(path('file'), 'user.second', value);
        await tree.setExtended(path('file'), 'user.first', Buffer.alloc(0));
        await tree.setExtended(path('file'), 'user.\xff\xfe', Buffer.alloc(2000, 1));
        const read = await tree.extended(path('file'));
        expect(read.map((one) => one.name)).toEqual(['user.first', 'user.second', 'user.\xff\xfe']);
        expect(Buffer.from(read[1]?.value ?? [])).toEqual(value);
        expect(read[0]?.value.length).toBe(0);
        expect(read[2]?.value.length).toBe(2000);
        await tree.setExtended(path('file'), 'user.second', Buffer.from('new'));
        await tree.setExtended(path('file'), 'user.first', undefined);
        await tree.setExtended(path('file'), 'user.none', undefined);
        const after = await tree.extended(path('file'));
        expect(after.map((one) => [one.name, Buffer.from(one.value).toString().slice(0, 3)])).toEqual([
          ['user.second', 'new'],
          ['user.\xff\xfe', '\x01\x01\x01'],
        ]);
        expect(await codeOf(tree.setExtended(path('file'), 'nonsense.name', Buffer.from('x')))).toBe('EOPNOTSUPP');
      });

      it('keeps extended attributes of folders, links and special files apart from what they point at', async () => {
        if (!place.privileged) return;
        await put('file');
        await tree.makeSymlink(path('link'), 'file');
        await tree.makeSpecial(path('fifo'), 'fifo', 0o600, 0);
        await tree.makeDirectory(path('folder'), 0o755);
        for (const name of ['link', 'fifo', 'folder']) {
          await tree.setExtended(path(name), 'trusted.note', Buffer.from(name));
          const [only, ...others] = await tree.extended(path(name));
          expect(others).toEqual([]);
          expect([only?.name, Buffer.from(only?.value ?? []).toString()]).toEqual(['trusted.note', name]);
        }
        expect(await tree.extended(path('file'))).toEqual([]);
        expect(await codeOf(tree.setExtended(path('link'), 'user.note', Buffer.from('x')))).toBe('EPERM');
      });

      it('keeps access control lists under their system names', async () => {
        await tree.makeDirectory(path('folder'), 0o750);
        const accessList = posixAcl([
          [1, 7, -1],
          [2, 5, 1000],
          [4, 5, -1],
          [16, 5, -1],
          [32, 0, -1],
        ]);
        await tree.setExtended(path('folder'), 'system.posix_acl_access', accessList);
        await tree.setExtended(path('folder'), 'system.posix_acl_default', accessList);
        const read = await tree.extended(path('folder'));
        expect(read.map((one) => one.name)).toEqual(['system.posix_acl_access', 'system.posix_acl_default']);
        for (const one of read) expect(Buffer.from(one.value).equals(accessList)).toBe(true);
        await tree.setExtended(path('folder'), 'system.posix_acl_default', undefined);
        expect((await tree.extended(path('folder'))).map((one) => one.name)).toEqual(['system.posix_acl_access']);
      });
    });

    describe('moving to another tree', () => {
      it('moves one object with everything below it, replacing nothing', async () => {
        const other = await place.files.openTree(`${place.location}/other`, { create: true });
        await tree.makeDirectory(path('d'), 0o755);
        await put('d/x', 'X');
        await put('f', 'F');
        const before = await tree.status(path('d/x'));
        await tree.moveTo(path('d'), other, path('moved'));
        expect(await contentOf(other, 'moved/x')).toBe('X');
        expect((await other.status(path('moved/x')))?.inode).toBe(before?.inode);
        expect(await tree.status(path('d'))).toBeUndefined();
        expect(await codeOf(tree.moveTo(path('f'), other, path('moved')))).toBe('EEXIST');
        expect(await codeOf(tree.moveTo(path('none'), other, path('y')))).toBe('ENOENT');
        expect(await contentOf(tree, 'f')).toBe('F');
        await other.close();
      });

      it('says EXDEV when it lies on another file system', async () => {
        const { elsewhere } = place;
        if (elsewhere === undefined) return;
        const other = await elsewhere.files.openTree(elsewhere.location);
        await put('f', 'F');
        expect(await codeOf(tree.moveTo(path('f'), other, path('f')))).toBe('EXDEV');
        expect(await contentOf(tree, 'f')).toBe('F');
        await other.close();
      });
    });

    describe('space', () => {
      it('tells how much there is', async () => {
        const space = await tree.space();
        expect(space.totalBytes).toBeGreaterThan(0);
        expect(space.freeBytes).toBeLessThanOrEqual(space.totalBytes);
        await tree.sync();
      });

      it('refuses what does not fit, keeps what was there, and goes on when there is room again', async () => {
        const small = await place.small(1_048_576);
        if (small === undefined) return;
        const full = await small.files.openTree(small.location);
        await put('kept', 'K', full);
        const file = await full.create(path('large'), 0o644);
        expect(await codeOf(file.write(0, Buffer.alloc(4_194_304, 1)))).toBe('ENOSPC');
        expect((await full.space()).freeBytes).toBeLessThan(65_536);
        await file.close();
        await full.unlink(path('large'));
        await put('after', Buffer.alloc(500_000, 2), full);
        expect(await contentOf(full, 'kept')).toBe('K');
        await full.close();
      });
    });
  });
}

/** The kernel's form of an access control list (linux/posix_acl_xattr.h): version 2, then tag, permissions and id of each. */
function posixAcl(entries: readonly (readonly [tag: number, permissions: number, id: number])[]): Buffer {
  const bytes = Buffer.alloc(4 + entries.length * 8);
  bytes.writeUInt32LE(2, 0);
  for (const [index, [tag, permissions, id]] of entries.entries()) {
    bytes.writeUInt16LE(tag, 4 + index * 8);
    bytes.writeUInt16LE(permissions, 6 + index * 8);
    bytes.writeInt32LE(id, 8 + index * 8);
  }
  return bytes;
}
