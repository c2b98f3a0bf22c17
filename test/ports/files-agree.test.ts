// The file system in memory is only worth something when it does what a real one does: the same random calls on both
// must give the same answers and leave the same tree.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { joinRaw, type RawPath } from '../../src/base/raw-path.ts';
import { RealFiles } from '../../src/platform/files/real-files.ts';
import type { FileTree, OpenFile } from '../../src/ports/files.ts';
import { MemoryFiles } from '../../src/simulator/memory/memory-files.ts';
import { isRoot } from './small-file-system.ts';

type Call = (tree: FileTree) => Promise<unknown>;

/** Few names, so that calls meet. */
const name = fc.constantFrom('a', 'b', 'c', 'l');
const path = fc.array(name, { minLength: 0, maxLength: 3 }).map((names) => names.join('/') as RawPath);
const offset = fc.constantFrom(0, 1, 4095, 4096, 70_000);
const length = fc.constantFrom(0, 1, 4096, 5000, 66_000);
const mode = fc.constantFrom(0o600, 0o755, 0o4755, 0o2750, 0o1777);

async function inFile(tree: FileTree, at: RawPath, call: (file: OpenFile) => Promise<unknown>): Promise<unknown> {
  const file = await tree.open(at, 'write');
  try {
    return await call(file);
  } finally {
    await file.close();
  }
}

const call: fc.Arbitrary<readonly [string, Call]> = fc.oneof(
  fc
    .tuple(path, mode)
    .map(([at, bits]) => [`create ${at}`, async (tree: FileTree) => (await tree.create(at, bits)).close()] as const),
  fc
    .tuple(path, mode)
    .map(([at, bits]) => [`makeDirectory ${at}`, (tree: FileTree) => tree.makeDirectory(at, bits)] as const),
  path.map((at) => [`makeSymlink ${at}`, (tree: FileTree) => tree.makeSymlink(at, 'a/b')] as const),
  path.map((at) => [`makeSpecial ${at}`, (tree: FileTree) => tree.makeSpecial(at, 'fifo', 0o640, 0)] as const),
  fc.tuple(path, path).map(([from, to]) => [`link ${from} ${to}`, (tree: FileTree) => tree.link(from, to)] as const),
  fc
    .tuple(path, path)
    .map(([from, to]) => [`rename ${from} ${to}`, (tree: FileTree) => tree.rename(from, to)] as const),
  fc
    .tuple(path, path)
    .map(([from, to]) => [`moveTo ${from} ${to}`, (tree: FileTree) => tree.moveTo(from, tree, to)] as const),
  path.map((at) => [`unlink ${at}`, (tree: FileTree) => tree.unlink(at)] as const),
  path.map((at) => [`removeDirectory ${at}`, (tree: FileTree) => tree.removeDirectory(at)] as const),
  path.map((at) => [`readLink ${at}`, (tree: FileTree) => tree.readLink(at)] as const),
  fc
    .tuple(path, mode, fc.boolean())
    .map(
      ([at, bits, owner]) =>
        [
          `setAttributes ${at} ${bits.toString(8)} ${owner}`,
          (tree: FileTree) =>
            tree.setAttributes(at, { ...(owner ? { userId: 7, groupId: 9 } : { mode: bits }), modifiedNs: -5n }),
        ] as const,
    ),
  fc
    .tuple(path, fc.boolean())
    .map(
      ([at, present]) =>
        [
          `setExtended ${at}`,
          (tree: FileTree) => tree.setExtended(at, 'user.note', present ? Buffer.from('x') : undefined),
        ] as const,
    ),
  fc
    .tuple(path, offset, length)
    .map(
      ([at, from, count]) =>
        [
          `write ${at} ${from} ${count}`,
          (tree: FileTree) => inFile(tree, at, (file) => file.write(from, Buffer.alloc(count, 'w'))),
        ] as const,
    ),
  fc
    .tuple(path, offset)
    .map(
      ([at, size]) =>
        [`truncate ${at} ${size}`, (tree: FileTree) => inFile(tree, at, (file) => file.truncate(size))] as const,
    ),
  fc
    .tuple(path, offset, length)
    .map(
      ([at, from, count]) =>
        [
          `punch ${at} ${from} ${count}`,
          (tree: FileTree) => inFile(tree, at, (file) => file.punch(from, count)),
        ] as const,
    ),
);

/**
 * What a call gives, or the code of its failure. With two paths there may be two reasons to refuse a call, and which of
 * them a kernel finds first is not for us to copy.
 */
async function answer(what: string, attempt: Promise<unknown>): Promise<unknown> {
  const hasTwoPaths = /^(link|rename|moveTo) /.test(what);
  return attempt.catch((error) => (hasTwoPaths ? 'refused' : ((error as { code?: string }).code ?? String(error))));
}

/** Everything that can be seen of a tree and is the same wherever it lies. */
async function everything(tree: FileTree, at: RawPath = '' as RawPath): Promise<Record<string, unknown>> {
  const seen: Record<string, unknown> = {};
  const status = await tree.status(at);
  if (status === undefined) return seen;
  const { kind, mode: bits, userId, groupId, links } = status;
  const size = kind === 'directory' ? 0 : status.size;
  const extended = (await tree.extended(at)).map((one) => [one.name, Buffer.from(one.value).toString()]);
  seen[at] = { kind, mode: kind === 'symlink' ? 0 : bits, userId, groupId, links, size, extended };
  if (kind === 'file') {
    const file = await tree.open(at, 'read');
    const content = await file.read(0, 200_000);
    seen[`${at}=`] = [
      content.length,
      content.toString('latin1').replace(/(.)\1*/gs, (run, one) => `${one}${run.length} `),
    ];
    seen[`${at}~`] = await file.dataRanges();
    await file.close();
  }
  for (const entry of (await tree.list(at)) ?? []) Object.assign(seen, await everything(tree, joinRaw(at, entry.name)));
  return seen;
}

/** Something for the calls to meet: a folder with a file, a folder, a second name and a symbolic link in it. */
async function furnish(tree: FileTree): Promise<void> {
  await tree.setAttributes('' as RawPath, { mode: 0o700 });
  await tree.makeDirectory('a' as RawPath, 0o755);
  await (await tree.create('a/b' as RawPath, 0o644)).close();
  await tree.makeDirectory('a/c' as RawPath, 0o755);
  await tree.link('a/b' as RawPath, 'b' as RawPath);
  await tree.makeSymlink('l' as RawPath, 'a');
}

it.runIf(isRoot)('the file systems in memory and on a disk give the same answers to the same calls', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(call, { minLength: 1, maxLength: 30 }), async (calls) => {
      const location = mkdtempSync(join(tmpdir(), 'understudy-agree-'));
      try {
        const real = await new RealFiles().openTree(location);
        const memory = await new MemoryFiles().openTree('/');
        await furnish(real);
        await furnish(memory);
        for (const [what, make] of calls) {
          const [inMemory, onDisk] = [await answer(what, make(memory)), await answer(what, make(real))];
          expect([what, inMemory]).toEqual([what, onDisk]);
        }
        expect(await everything(memory)).toEqual(await everything(real));
        await real.close();
      } finally {
        rmSync(location, { recursive: true, force: true });
      }
    }),
    { numRuns: 300, seed: 20_260_101 },
  );
});
