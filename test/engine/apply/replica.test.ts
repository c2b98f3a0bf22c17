// What each operation makes of a replica, and what does not fit.
import { describe, expect, it, vi } from 'vitest';
import type { RawPath } from '../../../src/base/raw-path.ts';
import { Applier } from '../../../src/engine/apply/applier.ts';
import type { ObjectAttributes } from '../../../src/model/stream/attributes.ts';
import type { ChangeOperation } from '../../../src/model/stream/operation.ts';
import type { OpenFile } from '../../../src/ports/files.ts';
import type { MemoryStorage } from '../../../src/simulator/memory/memory-storage.ts';
import { manifest } from '../../support/manifest.ts';
import { memoryGround, openReplica, placeAt } from './replica-rig.ts';

const path = (text: string): RawPath => text as RawPath;
const attributes: ObjectAttributes = {
  mode: 0o640,
  userId: 3,
  groupId: 4,
  modifiedNs: -7n,
  extended: [{ name: 'user.note', value: Buffer.from('x') }],
};
const plain = { ...attributes, extended: [] };
const file = (at: string, text: string, size = text.length): ChangeOperation => {
  return { kind: 'file', root: 0, path: path(at), size, content: Buffer.from(text), attributes };
};
const directory = (at: string): ChangeOperation => ({ kind: 'directory', root: 0, path: path(at), attributes });
const remove = (at: string): ChangeOperation => ({ kind: 'remove', root: 0, path: path(at) });
const rename = (at: string, to: string): ChangeOperation => ({ kind: 'rename', root: 0, path: path(at), to: path(to) });
const link = (at: string, existing: string): ChangeOperation => {
  return { kind: 'link', root: 0, path: path(at), existing: path(existing) };
};
const write = (at: string, offset: number, text: string): ChangeOperation => {
  return { kind: 'write', root: 0, path: path(at), offset, data: Buffer.from(text) };
};

async function replica(...operations: ChangeOperation[]) {
  const ground = await memoryGround();
  const rig = await openReplica(ground);
  const report = await rig.apply(operations);
  expect(report.failure).toBeUndefined();
  const read = async (at: string): Promise<string> => {
    const opened = await ground.tree.open(path(at), 'read');
    const bytes = await opened.read(0, 100);
    await opened.close();
    return bytes.toString('latin1');
  };
  const entries = async (): Promise<string[]> => Object.keys(await manifest(ground.tree)).slice(1);
  return { ...ground, ...rig, outcomes: report.outcomes, read, entries };
}

describe('each operation', () => {
  it('opens files that are written in turn once, and closes them before a name changes', async () => {
    const { tree, apply, read } = await replica(file('a', 'aaaa'), file('b', 'bbbb'));
    const opened = vi.spyOn(tree, 'open');
    await apply([write('a', 0, '1'), write('b', 0, '1'), write('a', 1, '2'), write('b', 1, '2')]);
    expect(opened).toHaveBeenCalledTimes(2);
    await apply([rename('a', 'c'), file('a', 'new'), write('c', 2, '3'), write('a', 0, 'N')]);
    expect(await Promise.all(['a', 'b', 'c'].map(read))).toEqual(['New', '12bb', '123a']);
  });

  it('keeps a few files open at most', async () => {
    const names = Array.from({ length: 40 }, (_, index) => `file-${index}`);
    const { tree, apply, read } = await replica(...names.map((name) => file(name, 'text')));
    const open = new Set<OpenFile>();
    let most = 0;
    const plainOpen = tree.open.bind(tree);
    vi.spyOn(tree, 'open').mockImplementation(async (...words) => {
      const one = await plainOpen(...words);
      open.add(one);
      most = Math.max(most, open.size);
      const close = one.close.bind(one);
      one.close = (): Promise<void> => {
        open.delete(one);
        return close();
      };
      return one;
    });
    await apply(names.flatMap((name) => [write(name, 0, 'T')]));
    expect(most).toBeLessThanOrEqual(32);
    expect(await Promise.all(names.map(read))).toEqual(names.map(() => 'Text'));
  });

  it('makes a whole file with all its attributes, its rest a hole', async () => {
    const { tree, read } = await replica(file('f', 'text', 9000));
    expect(await tree.status(path('f'))).toMatchObject({
      mode: 0o640,
      userId: 3,
      groupId: 4,
      modifiedNs: -7n,
      size: 9000,
    });
    expect(await tree.extended(path('f'))).toEqual(attributes.extended);
    expect(await read('f')).toBe(`text${'\0'.repeat(96)}`);
  });

  it('writes into an existing file in place, so that its other names see it', async () => {
    const { read } = await replica(file('f', 'old'), link('g', 'f'), file('f', 'newer'));
    expect(await read('g')).toBe('newer');
  });

  it('does not touch a file that is right already', async () => {
    const { tree, apply } = await replica(file('f', 'same'));
    const before = await tree.status(path('f'));
    await apply([file('f', 'same')]);
    expect((await tree.status(path('f')))?.modifiedNs).toBe(before?.modifiedNs);
  });

  it('begins a file leaving the bytes that are there', async () => {
    const begin: ChangeOperation = { kind: 'file', root: 0, path: path('f'), size: 6, content: Buffer.from('AB') };
    const { read } = await replica(file('f', 'abcdefgh'), begin);
    expect(await read('f')).toBe('ABcdef');
  });

  it('writes, grows, cuts and punches', async () => {
    const hole: ChangeOperation = { kind: 'hole', root: 0, path: path('f'), offset: 1, length: 100 };
    const cut: ChangeOperation = { kind: 'truncate', root: 0, path: path('f'), size: 3 };
    const { read, tree } = await replica(file('f', 'abc'), write('f', 5, 'z'), hole, cut, write('f', 2, 'x'));
    expect(await read('f')).toBe('a\0x');
    expect((await tree.status(path('f')))?.size).toBe(3);
  });

  it('replaces an object of another kind, with all below it', async () => {
    const symlink: ChangeOperation = { kind: 'symlink', root: 0, path: path('d'), target: 'x', attributes: plain };
    const { tree, entries } = await replica(directory('d'), directory('d/e'), file('d/e/f', 'x'), symlink);
    expect(await entries()).toEqual(['d']);
    expect(await tree.readLink(path('d'))).toBe('x');
  });

  it('keeps the entries of a directory that is there', async () => {
    const { entries } = await replica(directory('d'), file('d/f', 'x'), directory('d'));
    expect(await entries()).toEqual(['d', 'd/f']);
  });

  it('renames over a tree, and over another name of the same file', async () => {
    const { entries, read } = await replica(
      ...[directory('a'), file('a/x', 'moved'), directory('b'), file('b/y', 'gone'), rename('a', 'b')],
      ...[file('f', 'one'), link('g', 'f'), rename('f', 'g')],
    );
    expect(await entries()).toEqual(['b', 'b/x', 'g']);
    expect(await read('b/x')).toBe('moved');
  });

  it('removes the entries of the root, but not the root', async () => {
    const { entries, tree } = await replica(directory('d'), file('d/f', 'x'), file('f', 'x'), remove(''));
    expect(await entries()).toEqual([]);
    expect((await tree.status(path('')))?.kind).toBe('directory');
  });

  it('removes surplus extended attributes', async () => {
    const set: ChangeOperation = { kind: 'attributes', root: 0, path: path('f'), attributes: plain };
    const { tree } = await replica(file('f', 'x'), set);
    expect(await tree.extended(path('f'))).toEqual([]);
  });
});

describe('an operation that does not fit the replica', () => {
  it.each([
    ['a write to nothing', write('none', 0, 'x')],
    ['a write to a directory', write('d', 0, 'x')],
    ['a file in nothing', file('none/f', 'x')],
    ['a file below a file', file('f/g', 'x')],
    ['a rename of nothing', rename('none', 'x')],
    ['a rename to nowhere', rename('f', 'none/x')],
    ['a directory into itself', rename('d', 'd/e')],
    ['a link to nothing', link('x', 'none')],
    ['a link to a directory', link('x', 'd')],
    ['attributes of nothing', { kind: 'attributes', root: 0, path: path('none'), attributes } as ChangeOperation],
    ['the root as a file', file('', 'x')],
  ])('is reported and changes nothing: %s', async (_, operation) => {
    const { apply, tree } = await replica(directory('d'), file('f', 'x'));
    const before = await manifest(tree);
    const { outcomes } = await apply([operation, file('f', 'x')]);
    const paths = operation.kind === 'rename' ? [operation.path, operation.to] : [operation.path];
    const mismatches = paths.map((one) => ({ path: one }));
    expect(outcomes).toMatchObject([{ outcome: 'mismatch', mismatches }, { outcome: 'applied' }]);
    expect(await manifest(tree)).toEqual(before);
  });

  it('counts as applied in a replay, and is told at its end unless a later operation explains it', async () => {
    const { apply, applier } = await replica();
    const report = await apply([write('gone', 0, 'x'), write('missing', 0, 'x'), remove('gone')], 'replay');
    expect(report.outcomes.map(({ outcome }) => outcome)).toEqual(['applied', 'applied', 'applied']);
    expect(applier.finishReplay()).toMatchObject([{ path: 'missing' }]);
  });
});

it('stops at what the system refuses, and goes on from there', async () => {
  const { apply, applier, tree, read } = await replica(file('f', 'x'));
  const longName = 'n'.repeat(256);
  const { outcomes, failure } = await apply([write('f', 0, 'y'), file(longName, 'x'), write('f', 0, 'z')]);
  expect(outcomes).toHaveLength(1);
  expect(failure).toMatchObject({ code: 'ENAMETOOLONG' });
  expect(applier.applied?.index).toBe(2);
  applier.advance(placeAt(3));
  await apply([write('f', 0, 'z')], 'normal', 4);
  expect(await read('f')).toBe('z');
  await tree.close();
});

it('keeps the place of the last checkpoint, and refuses a newer record', async () => {
  const { applier, tree, storage } = await replica(file('f', 'x'));
  await applier.checkpoint();
  const options = { trees: [tree], storage, folder: 'apply' };
  expect((await Applier.open(options)).recovered).toEqual(placeAt(1));
  await (storage as MemoryStorage).replace('apply/applied.json', Buffer.from('{"version":2}'));
  await expect(Applier.open(options)).rejects.toMatchObject({ code: 'APPLIED-NEWER' });
});
