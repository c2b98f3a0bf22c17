// What a filter tells of changes. Root only.
import { execFileSync } from 'node:child_process';
import {
  appendFileSync,
  closeSync,
  fsyncSync,
  linkSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  unlinkSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { compile, FilteredFolder, isRoot } from './filtered-folder.ts';
import { type RecordedChange, readChanges, redo } from './recorded-change.ts';

const program = fileURLToPath(new URL('./recording-filter.ts', import.meta.url));

describe.skipIf(!isRoot)('a filter', () => {
  let programs = '';
  let folder: FilteredFolder;
  let log = '';

  beforeAll(() => {
    programs = mkdtempSync(join(tmpdir(), 'understudy-programs-'));
  });

  afterAll(() => rmSync(programs, { recursive: true, force: true }));

  beforeEach(() => {
    folder = new FilteredFolder();
    log = join(folder.base, 'log');
    writeFileSync(log, '');
  });

  afterEach(() => folder.remove());

  it('tells everything from which the same can be made, in an order in which it can be done', async () => {
    await folder.mount({ program, parameter: log });
    execFileSync(compile('file-calls', programs), [folder.path]);
    const copy = join(folder.base, 'copy');
    mkdirSync(copy);
    const changes = readChanges(log);
    for (const change of changes) redo(change, copy);
    // A socket cannot be made by name, so the copy has a fifo.
    const words = ['-rlpgoDHAXn', '--delete', '--checksum', '--itemize-changes', '--exclude=/sock'];
    const found = execFileSync('rsync', [...words, `${folder.beneath}/`, `${copy}/`], { encoding: 'utf8' });
    expect(found).toBe('');
    expect(new Set(changes.map(({ what }) => what)).size).toBe(11);
  });

  it('has told a change when the program that made it goes on', async () => {
    await folder.mount({ program, parameter: log });
    const told = (): readonly string[] => readChanges(log).map(({ what, path }) => `${what} ${path}`);
    const path = join(folder.path, 'f');
    const file = openSync(path, 'w');
    expect(told()).toEqual(['created f']);
    for (let count = 1; count <= 50; count += 1) {
      writeSync(file, `line ${count}\n`);
      expect(told().length).toBe(1 + count);
    }
    fsyncSync(file);
    expect(told().at(-1)).toBe('sync f');
    renameSync(path, join(folder.path, 'g'));
    expect(told().at(-1)).toBe('renamed f');
    writeSync(file, 'after');
    expect(told().at(-1)).toBe('wrote g');
    closeSync(file);
    await expect.poll(() => told().at(-1)).toBe('closed g');
    unlinkSync(join(folder.path, 'g'));
    expect(told().at(-1)).toBe('removed g');
  });

  it('says that a file changes under a name that nobody has looked at', async () => {
    writeFileSync(join(folder.path, 'a'), '');
    linkSync(join(folder.path, 'a'), join(folder.path, 'b'));
    await folder.mount({ program, parameter: log });
    const file = openSync(join(folder.path, 'a'), 'w');
    unlinkSync(join(folder.path, 'a'));
    for (const text of ['one', 'two']) writeSync(file, text);
    closeSync(file);
    const whats = readChanges(log).map(({ what }) => what);
    expect(whats.filter((what) => what === 'unnamed' || what === 'wrote')).toEqual(['unnamed']);
    expect(readFileSync(join(folder.path, 'b'), 'utf8')).toBe('onetwo');
  });

  it('tells of the changes of several programs and folders in one order, and of no change that failed', async () => {
    const second = join(folder.base, 'second');
    mkdirSync(second);
    await folder.mount({ roots: [folder.path, second], program, parameter: log });
    writeFileSync(join(folder.path, 'f'), 'x');
    mkdirSync(join(second, 'd'));
    expect(() => mkdirSync(join(second, 'd'))).toThrow(/EEXIST/);
    appendFileSync(join(folder.path, 'f'), 'y');
    const changes = readChanges(log).filter(({ what }) => what !== 'closed');
    const lines = changes.map(({ what, root, path }: RecordedChange) => `${what} ${root} ${path}`);
    expect(lines).toEqual(['created 0 f', 'wrote 0 f', 'created 1 d', 'wrote 0 f']);
    expect(readFileSync(join(folder.path, 'f'), 'utf8')).toBe('xy');
  });
});
