// A filtered folder behaves as the file system beneath does. Root only.
import { execFileSync } from 'node:child_process';
import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { FolderFilter } from '../../../src/platform/filter-capture/folder-filter.ts';
import { compile, FilteredFolder, isRoot } from './filtered-folder.ts';

const run = (program: string, ...words: readonly string[]): string =>
  execFileSync(program, words, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] });

/** What rsync would change to make two trees equal. */
function differences(one: string, other: string): string {
  return run('rsync', '-aHAXn', '--delete', '--checksum', '--itemize-changes', `${one}/`, `${other}/`);
}

describe.skipIf(!isRoot)('a filtered folder', () => {
  let programs = '';
  let folder: FilteredFolder;

  beforeAll(() => {
    programs = mkdtempSync(join(tmpdir(), 'understudy-programs-'));
  });

  afterAll(() => rmSync(programs, { recursive: true, force: true }));

  beforeEach(() => {
    folder = new FilteredFolder();
  });

  afterEach(() => folder.remove());

  it('answers calls of every kind as the file system beneath does, and leaves the same behind', async () => {
    const calls = compile('file-calls', programs);
    const plain = join(folder.base, 'plain');
    mkdirSync(plain);
    const expected = run(calls, plain);
    await folder.mount();
    const got = run(calls, folder.path);
    expect(got.split('\n')).toEqual(expected.split('\n'));
    expect(expected.split('\n').length).toBeGreaterThan(150);
    expect(differences(folder.beneath, folder.path)).toBe('');
    // The two trees were made one after the other, so their times differ.
    const names = run(
      'rsync',
      '-rlHn',
      '--delete',
      '--checksum',
      '--itemize-changes',
      `${plain}/`,
      `${folder.beneath}/`,
    );
    expect(names.split('\n').filter((line) => /^[*<>]/.test(line))).toEqual([]);
  });

  it('keeps access control lists, and obeys them', async () => {
    await folder.mount();
    const inside = join(folder.path, 'shared');
    mkdirSync(inside, { mode: 0o700 });
    run('setfacl', '-m', 'user:1000:rwx,default:user:1000:rw,default:group::-', inside);
    const made = run(
      'setpriv',
      '--reuid=1000',
      '--regid=1000',
      '--clear-groups',
      'sh',
      '-c',
      `umask 022; echo x > ${inside}/f; cat ${inside}/f`,
    );
    expect(made).toBe('x\n');
    const list = (path: string): string => run('getfacl', '--absolute-names', '--omit-header', '--numeric', path);
    expect(list(`${inside}/f`)).toContain('user:1000:rw-');
    expect(list(`${inside}/f`)).toBe(list(`${folder.beneath}/shared/f`));
    const other = () => run('setpriv', '--reuid=1001', '--regid=1001', '--clear-groups', 'cat', `${inside}/f`);
    expect(other).toThrow(/Permission denied/);
  });

  it('shows what was there before, and leaves it when it is taken away', async () => {
    writeFileSync(join(folder.path, 'before'), 'a');
    const filter = await folder.mount();
    expect(statSync(folder.path).dev).not.toBe(statSync(folder.beneath).dev);
    writeFileSync(join(folder.path, 'after'), 'b');
    expect(readdirSync(folder.path).sort()).toEqual(['after', 'before']);
    await filter.unmount();
    expect(await filter.ended).toBeUndefined();
    expect(statSync(folder.path).dev).toBe(statSync(folder.beneath).dev);
    expect(readFileSync(join(folder.path, 'after'), 'utf8')).toBe('b');
  });

  it('lets nobody out of the folder, though a folder beneath is replaced by a link', async () => {
    const secret = join(folder.base, 'secret');
    mkdirSync(secret);
    mkdirSync(join(folder.path, 'd'));
    writeFileSync(join(secret, 'f'), 'secret');
    writeFileSync(join(folder.path, 'd/g'), 'own');
    await folder.mount();
    expect(readFileSync(join(folder.path, 'd/g'), 'utf8')).toBe('own');
    rmSync(`${folder.beneath}/d`, { recursive: true });
    symlinkSync(secret, `${folder.beneath}/d`);
    expect(() => readFileSync(join(folder.path, 'd/f'))).toThrow(/ENOTDIR|ELOOP|ENOENT|ESTALE/);
  });

  it('has several folders, of which each is its own', async () => {
    const second = join(folder.base, 'second');
    mkdirSync(second);
    const filter = await folder.mount({ roots: [folder.path, second] });
    writeFileSync(join(folder.path, 'f'), 'one');
    writeFileSync(join(second, 'f'), 'two');
    expect(readFileSync(join(folder.path, 'f'), 'utf8')).toBe('one');
    expect(readdirSync(second)).toEqual(['f']);
    expect(() => renameSync(join(folder.path, 'f'), join(second, 'g'))).toThrow(/EXDEV/);
    await filter.unmount();
    await filter.ended;
    expect(readFileSync(join(second, 'f'), 'utf8')).toBe('two');
  });

  it.each([
    ['is not there', (base: string) => [join(base, 'none')], /no such file or directory/],
    ['is a file', (base: string) => [join(base, 'file')], /not a directory/],
    ['holds a mount', () => ['/'], /is another file system/],
    ['lies in proc', () => ['/proc/self'], /file system of type proc/],
    ['lies in another', (base: string) => [base, join(base, 'root')], /is filtered, too/],
  ])('is refused when it %s', async (_what, roots, reason) => {
    writeFileSync(join(folder.base, 'file'), '');
    await expect(FolderFilter.mount({ roots: roots(folder.base) })).rejects.toThrow(reason);
  });

  it('is refused to a server with mounts of its own, past whose filter all programs would go', () => {
    const filter = join(import.meta.dirname, '../../../src/platform/filter-capture/folder-filter.ts');
    const script = `import { FolderFilter } from ${JSON.stringify(filter)};
      await FolderFilter.mount({ roots: [${JSON.stringify(folder.path)}] }).catch(({ message }) => console.log(message));
      process.exit();`;
    // Of processes of its own, so that the first of them can be looked at; the one that mounts is the second.
    const machine = ['--mount', '--pid', '--fork', '--mount-proc', 'sh', '-c', 'unshare --mount "$@"; exit', 'sh'];
    const words = [...machine, process.execPath, '--input-type=module', '--eval', script];
    expect(execFileSync('unshare', words, { encoding: 'utf8' })).toMatch(/has mounts of its own/);
  });

  it('is refused when it is filtered already', async () => {
    await folder.mount();
    await expect(FolderFilter.mount({ roots: [folder.path] })).rejects.toThrow(/fuse.understudy/);
  });
});
