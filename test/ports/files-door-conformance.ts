// What every adapter must do where another machine has chosen the path (`within`), and how it tells folders apart. Called by
// files-conformance.ts.
import { beforeEach, describe, expect, it } from 'vitest';
import { isSameFolder, overlap, placesOf, reaches } from '../../src/model/folder-place.ts';
import type { Files, FileTree } from '../../src/ports/files.ts';
import { codeOf, path } from './files-help.ts';

export interface Door {
  readonly files: Files;
  readonly location: string;
  readonly tree: FileTree;
}

export function describeDoor(current: () => Door): void {
  describe('a folder within others', () => {
    let files: Files;
    let location: string;
    let tree: FileTree;

    beforeEach(async () => {
      ({ files, location, tree } = current());
      for (const name of ['allowed', 'allowed/sub', 'outside', 'outside/deep']) {
        await tree.makeDirectory(path(name), 0o755);
      }
    });

    async function openIn(at: string, folders: readonly string[], create = false): Promise<string> {
      const within = folders.map((one) => `${location}/${one}`);
      return codeOf(files.openTree(`${location}/${at}`, { create, within }).then((opened) => opened.close()));
    }

    it('opens one of the folders and what lies below it, and makes what is missing there', async () => {
      expect(await openIn('allowed', ['allowed'])).toBe('no failure');
      expect(await openIn('allowed/sub', ['other', 'allowed'])).toBe('no failure');
      expect(await openIn('allowed/a/b', ['allowed'])).toBe('ENOENT');
      expect(await openIn('allowed/a/b', ['allowed'], true)).toBe('no failure');
      expect((await tree.status(path('allowed/a/b')))?.mode).toBe(0o700);
    });

    it('opens nothing outside of them and makes nothing there', async () => {
      expect(await openIn('outside', ['allowed'], true)).toBe('EPERM');
      expect(await openIn('outside/new', ['allowed'], true)).toBe('ENOENT');
      expect(await openIn('allowed/../outside', ['allowed'], true)).toBe('ELOOP');
      expect(await openIn('outside', ['missing'], true)).toBe('EPERM');
      expect(await openIn('missing', ['missing'], true)).toBe('ENOENT');
      expect(await tree.list(path('outside'))).toHaveLength(1);
    });

    it('follows the operator’s links up to the folder, and none from there on', async () => {
      await tree.makeSymlink(path('link'), 'allowed');
      expect(await openIn('link/sub', ['link'])).toBe('no failure');
      expect(await openIn('link/sub', ['allowed'])).toBe('no failure');
      for (const target of ['/etc', '../outside', 'sub', '.', '..', `${location}/allowed/sub`]) {
        await tree.makeSymlink(path('allowed/planted'), target);
        expect(await openIn('allowed/planted', ['allowed'], true)).toBe('ELOOP');
        expect(await openIn('link/planted/deep', ['link'], true)).toBe('ELOOP');
        await tree.unlink(path('allowed/planted'));
      }
      expect(await openIn('allowed/file', ['allowed'])).toBe('ENOENT');
      await (await tree.create(path('allowed/file'), 0o600)).close();
      expect(await openIn('allowed/file/x', ['allowed'], true)).toBe('ENOTDIR');
    });

    it('follows no link inside one folder on the way to another, whichever is named first', async () => {
      // What came with a replica in `allowed` must not turn `allowed/inner` or `entry` into a way out.
      await tree.makeSymlink(path('allowed/inner'), '../outside');
      await tree.makeSymlink(path('entry'), 'allowed/inner');
      for (const folders of [
        ['allowed', 'allowed/inner', 'entry'],
        ['entry', 'allowed/inner', 'allowed'],
      ]) {
        expect(await openIn('allowed/inner', folders, true)).toBe('ELOOP');
        expect(await openIn('allowed/inner/deep', folders, true)).toBe('ELOOP');
        expect(await openIn('entry/deep', folders, true)).toBe('ELOOP');
      }
    });

    it('is known again after a rename, and another one in its place is not the same', async () => {
      const opened = await files.openTree(`${location}/allowed/sub`);
      const before = await opened.identity();
      await tree.rename(path('allowed/sub'), path('allowed/moved'));
      await tree.makeDirectory(path('allowed/sub'), 0o755);
      expect(isSameFolder(await opened.identity(), before)).toBe(true);
      await opened.close();
      for (const [name, same] of [
        ['moved', true],
        ['sub', false],
      ] as const) {
        const again = await files.openTree(`${location}/allowed/${name}`);
        expect(isSameFolder(await again.identity(), before)).toBe(same);
        await again.close();
      }
    });

    it('lies where its links lead, and what is not there yet lies below what is', async () => {
      await tree.makeSymlink(path('link'), 'allowed');
      const [allowed, sub, linked, missing, outside] = await Promise.all(
        ['allowed', 'allowed/sub', 'link/sub', 'link/new/er', 'outside'].map((at) => files.place(`${location}/${at}`)),
      );
      if (!allowed || !sub || !linked || !missing || !outside) throw new Error('a place is missing');
      expect(linked).toEqual(sub);
      expect(missing.path).toBe(`${allowed.path}/new/er`);
      expect([reaches(allowed, sub), reaches(allowed, missing), reaches(sub, allowed)]).toEqual([true, true, false]);
      expect([overlap(sub, allowed), overlap(allowed, sub), overlap(allowed, outside)]).toEqual([true, true, false]);
      expect([placesOf(sub, allowed), placesOf(missing, allowed), placesOf(allowed, sub)]).toEqual([
        ['sub'],
        ['new/er'],
        [''],
      ]);
      expect(placesOf(outside, allowed)).toEqual([]);
    });
  });
}
