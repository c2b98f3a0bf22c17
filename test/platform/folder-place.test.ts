// One folder under several mounts, with real ones. (What does not need mounts is in test/ports/files-door-conformance.ts.)
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { isSameFolder, overlap, placesOf, reaches } from '../../src/model/folder-place.ts';
import { RealFiles } from '../../src/platform/files/real-files.ts';
import { isRoot } from '../ports/small-file-system.ts';

const files = new RealFiles();
let folder: string;
const mounted: string[] = [];

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'understudy-place-'));
  for (const name of ['real/a/deep', 'bound', 'inner', 'volume']) mkdirSync(join(folder, name), { recursive: true });
});
afterEach(() => {
  for (const at of mounted.splice(0).reverse()) execFileSync('umount', ['-l', at], { stdio: 'pipe' });
  rmSync(folder, { recursive: true, force: true });
});

function mount(at: string, ...words: readonly string[]): void {
  execFileSync('mount', [...words, join(folder, at)], { stdio: 'pipe' });
  mounted.push(join(folder, at));
}

const placeOf = (at: string) => files.place(join(folder, at));

describe.runIf(isRoot)('a bind mount', () => {
  test('of a folder overlaps it, above and below, whichever name is asked for', async () => {
    mount('bound', '--bind', join(folder, 'real'));
    mount('inner', '--bind', join(folder, 'real/a/deep'));
    const [real, a, bound, boundA, inner, volume] = await Promise.all(
      ['real', 'real/a', 'bound', 'bound/a', 'inner', 'volume'].map(placeOf),
    );
    if (!real || !a || !bound || !boundA || !inner || !volume) throw new Error('a place is missing');
    for (const [left, right] of [
      [real, bound],
      [a, boundA],
      [a, inner],
      [bound, inner],
      [real, boundA],
    ] as const) {
      expect([overlap(left, right), overlap(right, left)]).toEqual([true, true]);
    }
    expect(overlap(volume, real)).toBe(false);
    expect(reaches(a, inner)).toBe(true);
    expect(reaches(inner, a)).toBe(false);
  });

  test('of the replica below the workload is seen where it is mounted', async () => {
    mkdirSync(join(folder, 'real/a/mounted'));
    mount('real/a/mounted', '--bind', join(folder, 'volume'));
    const [real, volume] = await Promise.all(['real', 'volume'].map(placeOf));
    if (!real || !volume) throw new Error('a place is missing');
    expect(placesOf(volume, real)).toEqual(['a/mounted']);
    expect(reaches(real, volume)).toBe(true);
    expect(reaches(volume, real)).toBe(false);
  });

  test('that an allowed folder leads over is walked, and one below it too', async () => {
    mount('bound', '--bind', join(folder, 'real'));
    symlinkSync('/etc', join(folder, 'real/a/planted'));
    const within = [join(folder, 'bound')];
    await (await files.openTree(join(folder, 'bound/a/deep'), { within })).close();
    // By its other name it is the same folder, so the same rule holds.
    const planted = files.openTree(join(folder, 'real/a/planted'), { within, create: true });
    await expect(planted).rejects.toMatchObject({ code: 'ELOOP' });
  });
});

test.runIf(isRoot)('the empty folder below a file system is not the folder that was mounted there', async () => {
  const empty = await files.openTree(join(folder, 'volume'));
  mount('volume', '-t', 'tmpfs', '-o', 'size=1m', 'understudy-test');
  const volume = await files.openTree(join(folder, 'volume'));
  const [before, after] = [await empty.identity(), await volume.identity()];
  await empty.close();
  await volume.close();
  expect(isSameFolder(before, after)).toBe(false);
});
