// Programs that people use, in a filtered folder: what they leave beneath is what they see through the filter. Root only.
//
//   UNDERSTUDY_FILTER_SCALE=50 npx vitest run test/platform/filter-capture/fidelity.test.ts
import { execFileSync } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { fioJobs, fioWords } from '../../support/fio-jobs.ts';
import { FilteredFolder, isRoot } from './filtered-folder.ts';

const scale = Number(process.env.UNDERSTUDY_FILTER_SCALE ?? '1');
const project = join(import.meta.dirname, '../../..');

describe.skipIf(!isRoot)('in a filtered folder', () => {
  let folder: FilteredFolder;

  beforeEach(async () => {
    folder = new FilteredFolder();
    await folder.mount();
  });

  afterEach(() => folder.remove());

  const run = (program: string, ...words: readonly string[]): string =>
    execFileSync(program, words, { encoding: 'utf8', cwd: folder.path, stdio: ['ignore', 'pipe', 'pipe'] });

  /** What rsync would change to make both equal. */
  const differences = (): string => {
    const words = ['-aHAXn', '--delete', '--checksum', '--itemize-changes'];
    return run('rsync', ...words, `${folder.beneath}/`, `${folder.path}/`);
  };

  it.each(fioJobs)('what was written %s is read again', (_how, words) => {
    const output = run('fio', ...fioWords(words, 4 * scale));
    expect(output).toContain('job');
    expect(differences()).toBe('');
  });

  it('a repository is cloned, checked, changed and cleaned', () => {
    run('git', 'clone', '--quiet', '--no-hardlinks', `--depth=${scale * 20}`, `file://${project}`, 'clone');
    const git = (...words: readonly string[]): string =>
      run('git', '-C', 'clone', '-c', 'user.name=a', '-c', 'user.email=a@example.org', ...words);
    git('fsck', '--strict');
    git('rm', '--quiet', '-r', 'docs');
    git('commit', '--quiet', '-m', 'Remove documents');
    git('gc', '--quiet');
    git('checkout', '--quiet', 'HEAD~1');
    expect(git('status', '--porcelain')).toBe('');
    expect(git('fsck', '--strict')).toBe('');
    expect(differences()).toBe('');
  });

  it('a tree is unpacked, packed and removed', () => {
    const archive = join(folder.base, 'archive.tar');
    execFileSync('tar', ['-C', project, '-cf', archive, 'src', 'test', 'docs']);
    run('tar', '-xf', archive);
    expect(differences()).toBe('');
    run('tar', '-df', archive);
    run('cp', '-a', 'src', 'copy');
    run('diff', '-r', 'src', 'copy');
    mkdirSync(join(folder.path, 'moved'));
    run('mv', 'test', 'docs', 'moved');
    run('rm', '-r', 'copy', 'src');
    expect(differences()).toBe('');
    expect(run('find', '.', '-maxdepth', '1').split('\n').sort()).toEqual(['', '.', './moved']);
  });
});
