// Programs in a folder that a filter protects, with a connection to a second server: they find what they find in a bare folder, and the replica
// becomes equal. Among the tests is a part of the POSIX calls; `npm run proof:fidelity` runs all, and says what it needs.
import { copyFileSync, existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { compile } from '../../platform/filter-capture/filtered-folder.ts';
import { fioJobs, fioWords } from '../../support/fio-jobs.ts';
import { Stage } from '../../support/serve-process.ts';
import { ProtectedFolder } from './protected-folder.ts';
import { stressors, verdict } from './stressors.ts';

const parts = (process.env.UNDERSTUDY_PROOF_PARTS ?? 'posix').split(',');
const seed = Number(process.env.UNDERSTUDY_PROOF_SEED ?? 1);
const isLong = process.env.UNDERSTUDY_PROOF_PARTS !== undefined;
const project = join(import.meta.dirname, '..', '..', '..');
const archive = '/usr/src/linux-source-6.1.tar.xz';
const canRun = process.getuid?.() === 0 && existsSync('/dev/fuse');
const timeout = 3_600_000;

/** One part, with a folder of its own; in the end the replica must be equal. */
function part(name: string, title: string, work: (folder: ProtectedFolder) => Promise<void>): void {
  it.runIf(canRun && parts.includes(name))(title, { timeout }, async () => {
    const folder = await ProtectedFolder.open(Stage.open());
    const beganMs = performance.now();
    await work(folder);
    say(`${name}: the programs took ${Math.round((performance.now() - beganMs) / 1000)} s`);
    expect(await folder.finish()).toBe('');
    say(`${name}: the replica is equal, ${Math.round((performance.now() - beganMs) / 1000)} s after the beginning`);
  });
}

function say(line: string): void {
  process.stdout.write(`${line}\n`);
}

describe('in a protected folder', () => {
  part('fio', 'fio reads what it wrote in every way', async (folder) => {
    for (const [how, words] of fioJobs) {
      const name = how.replaceAll(/[^a-z]+/g, '-');
      mkdirSync(join(folder.path, name));
      await folder.run('fio', fioWords(words, 64), join(folder.path, name));
      say(`fio ${how}: verified`);
    }
  });

  part('git', 'a repository is cloned, checked, changed and packed', async (folder) => {
    await folder.run('git', ['clone', '--quiet', '--no-hardlinks', `file://${project}`, 'clone']);
    const git = (...words: readonly string[]): Promise<string> =>
      folder.run('git', ['-C', 'clone', '-c', 'user.name=a', '-c', 'user.email=a@example.org', ...words]);
    await git('fsck', '--strict');
    await git('rm', '--quiet', '-r', 'docs');
    await git('commit', '--quiet', '-m', 'Remove documents');
    await git('gc', '--quiet');
    await git('checkout', '--quiet', 'HEAD~1');
    expect(await git('status', '--porcelain')).toBe('');
    await git('fsck', '--strict');
  });

  part('npm', 'the packages of this project are installed', async (folder) => {
    for (const file of ['package.json', 'package-lock.json', '.npmrc'])
      copyFileSync(join(project, file), join(folder.path, file));
    await folder.run('npm', ['ci', '--no-audit', '--no-fund', `--cache=${folder.stage.path('cache')}`]);
    await folder.run('npm', ['ls', '--all', '--silent']);
  });

  part('kernel', 'the source of Linux is unpacked and compared', async (folder) => {
    await folder.run('tar', ['-xf', archive]);
    const count = (await folder.run('find', ['.', '-printf', '.'])).length;
    say(`kernel: ${count} objects`);
    await folder.run('tar', ['-df', archive]);
  });

  part('stress', 'stressors come to the verdicts that they have in a bare folder', async (folder) => {
    const [bare, filtered]: string[][] = [[], []];
    for (const stressor of stressors) {
      bare?.push(`${stressor}: ${await verdict(folder.stage, stressor, folder.bare, 2)}`);
      filtered?.push(`${stressor}: ${await verdict(folder.stage, stressor, folder.path, 2)}`);
      const [one, other] = [bare?.at(-1), filtered?.at(-1)];
      say(one === other ? `${other} on both` : `bare ${one}\nfiltered ${other}`);
    }
    expect(filtered).toEqual(bare);
  });

  part('posix', 'calls of every kind do what they do in a bare folder', async (folder) => {
    const programs = folder.stage.makeFolder('programs');
    const every = isLong ? '1' : '23';
    const runs = [
      ['posix-tables', every],
      ['posix-details'],
      ...(isLong ? [0, 1, 2, 3] : [0]).map((more) => ['posix-random', String(seed + more), isLong ? '20000' : '3000']),
    ];
    for (const [number, [program = '', ...words]] of runs.entries()) {
      const compiled = compile(program, programs);
      const lines = async (above: string): Promise<string[]> => {
        const place = join(above, `posix-${number}`);
        mkdirSync(place);
        return (await folder.run(compiled, [place, ...words]))
          .split('\n')
          .filter((line) => !line.startsWith('known: '));
      };
      const expected = await lines(folder.bare);
      const got = await lines(folder.path);
      expect(got.filter((line, at) => line !== expected[at]).join('\n')).toBe('');
      expect(got.length).toBe(expected.length);
      say(`${program} ${words.join(' ')}: ${got.length} lines, all equal`);
    }
  });
});
