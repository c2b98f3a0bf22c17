// A trusted source, and a local user of the target, who try to have a replica written where it must not be: through links,
// through other names of a folder, over a restart. Whatever they do, nothing outside of the allowed folder is touched, and
// a job whose folder is not its own any more stands still and says so.
import { execFileSync } from 'node:child_process';
import {
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, test } from 'vitest';
import { rawFromText } from '../../src/base/raw-path.ts';
import type { ObjectAttributes } from '../../src/model/stream/attributes.ts';
import type { ChangeOperation } from '../../src/model/stream/operation.ts';
import { isRoot } from '../ports/small-file-system.ts';
import { RealCluster } from '../support/real-cluster.ts';
import { at, HostileSource, job } from './hostile-source.ts';

const attributes: ObjectAttributes = { mode: 0o700, userId: 0, groupId: 0, modifiedNs: 0n, extended: [] };
const content = Buffer.from('harm');
const file = (path: string): ChangeOperation => ({ kind: 'file', ...at(path), size: 4, content, attributes });
const folder = (path: string): ChangeOperation => ({ kind: 'directory', ...at(path), attributes });
const link = (path: string, target: string): ChangeOperation => ({ kind: 'symlink', ...at(path), target, attributes });

let cluster: RealCluster;
let outside: string;
const mounted: string[] = [];

/** A cluster in which replicas may lie in these of its folders, or anywhere. */
async function start(allowedRoots: readonly string[] | undefined = ['allowed']): Promise<void> {
  cluster = await RealCluster.start({ clockSpeed: 30, ...(allowedRoots.length === 0 ? {} : { allowedRoots }) });
  mkdirSync(within('allowed'));
  outside = within('outside');
  mkdirSync(join(outside, 'a'), { recursive: true });
  writeFileSync(join(outside, 'a', 'victim'), 'untouched');
}

afterEach(async () => {
  for (const place of mounted.splice(0).reverse()) execFileSync('umount', ['-l', place], { stdio: 'pipe' });
  await cluster?.remove();
});

const within = (name: string): string => join(cluster.folder, name);
const rootsAt = (replica: string) => [{ source: '/anywhere', replica: rawFromText(within(replica)) }];
const greet = (replica: string, jobId = job.jobId): Promise<HostileSource> =>
  HostileSource.greet(cluster.network.server('alpha'), rootsAt(replica), 'a stream', jobId);
const refusalOf = (replica: string, jobId = 'another'): Promise<string> =>
  HostileSource.refusal(cluster.network.server('alpha'), rootsAt(replica), jobId);

function expectUntouched(): void {
  expect(readdirSync(outside)).toEqual(['a']);
  expect(readdirSync(join(outside, 'a'))).toEqual(['victim']);
  expect(readFileSync(join(outside, 'a/victim'), 'utf8')).toBe('untouched');
}

function bind(from: string, to: string): void {
  mkdirSync(within(to), { recursive: true });
  execFileSync('mount', ['--bind', within(from), within(to)], { stdio: 'pipe' });
  mounted.push(within(to));
}

function unbind(at: string): void {
  execFileSync('umount', ['-l', within(at)], { stdio: 'pipe' });
  mounted.splice(mounted.indexOf(within(at)), 1);
}

describe('a second job cannot be led out by what a first one has left', () => {
  test('in the folder that it asks for, or above it', async () => {
    await start();
    const first = await greet('allowed/deep');
    await first.apply([folder('in'), link('way', outside), link('in/way', '../../../outside'), file('good')]);
    await cluster.beta.jobs.disconnect(job.jobId);
    for (const path of ['way', 'way/a', 'way/new/er', 'in/way/a', 'good', 'good/x']) {
      expect(await refusalOf(`allowed/deep/${path}`)).toBe('TARGET-PATH-REFUSED');
    }
    expectUntouched();
  });

  test('where one allowed folder is reached through another', async () => {
    await start(['entry', 'allowed/inner', 'allowed']);
    mkdirSync(within('allowed/inner'));
    symlinkSync(within('allowed/inner'), within('entry'));
    const first = await greet('allowed');
    await first.apply([{ kind: 'remove', ...at('inner') }, link('inner', outside)]);
    await cluster.beta.jobs.disconnect(job.jobId);
    for (const path of ['allowed/inner/a', 'entry/a', 'entry']) {
      expect(await refusalOf(path)).toBe('TARGET-PATH-REFUSED');
    }
    expectUntouched();
  });

  test('by an identifier that climbs', async () => {
    await start();
    const source = HostileSource.greet(cluster.network.server('alpha'), rootsAt('allowed/a'), 's', '../../outside/x');
    await expect(source).rejects.toThrow('the link closed');
    expectUntouched();
  });
});

describe('the data of one job is not given to another under a second name', () => {
  test('of a link that is an allowed folder itself', async () => {
    await start(['allowed', 'second']);
    symlinkSync('allowed', within('second'));
    await (await greet('allowed/a')).apply([file('good')]);
    for (const path of ['second/a', 'second/a/b', 'second']) expect(await refusalOf(path)).toBe('REPLICA-SHARED');
    await greet('second/b', 'another');
  });

  test.runIf(isRoot)('of a bind mount, of the folder, of one above or one below', async () => {
    await start(['allowed', 'bound', 'deep']);
    await (await greet('allowed/a')).apply([folder('in'), file('good')]);
    bind('allowed', 'bound');
    bind('allowed/a/in', 'deep');
    for (const path of ['bound/a', 'bound/a/new', 'deep', 'deep/x', 'bound']) {
      expect(await refusalOf(path)).toBe('TARGET-PATH-REFUSED');
    }
  });

  test('that a local user has given it by a rename', async () => {
    await start();
    await (await greet('allowed/a')).apply([file('good')]);
    renameSync(within('allowed/a'), within('allowed/b'));
    expect(await refusalOf('allowed/b')).toBe('TARGET-PATH-REFUSED');
  });

  test('that leads to the home folder of the server', async () => {
    await start(['.']);
    symlinkSync('beta', within('link'));
    for (const path of ['beta', 'beta/keys', 'beta/new']) expect(await refusalOf(path)).toBe('TARGET-PATH-REFUSED');
  });
});

describe('after a restart a job writes only to the folder that it has written to', () => {
  const replaced: readonly (readonly [what: string, replica: string, by: () => void])[] = [
    [
      'replaced by a link',
      'allowed/a',
      () => {
        renameSync(within('allowed/a'), within('kept'));
        symlinkSync(join(outside, 'a'), within('allowed/a'));
      },
    ],
    [
      'below a folder that was replaced by a link',
      'allowed/p/a',
      () => {
        renameSync(within('allowed/p'), within('kept'));
        symlinkSync(outside, within('allowed/p'));
      },
    ],
    [
      'replaced by another folder',
      'allowed/a',
      () => {
        renameSync(within('allowed/a'), within('kept'));
        renameSync(outside, within('allowed/a'));
        symlinkSync('allowed/a', outside);
      },
    ],
    ['gone', 'allowed/a', () => renameSync(within('allowed/a'), within('kept'))],
  ];

  test.each(
    replaced.flatMap(([what, replica, by]) => [
      [what, 'in an allowed folder', ['allowed'], replica, by] as const,
      [what, 'of an operator’s own process', [], replica, by] as const,
    ]),
  )(
    '%s, %s: it stands still, says so, and goes on when the folder is back',
    async (_what, _whose, roots, replica, by) => {
      await start(roots);
      const source = await greet(replica);
      await source.apply([file('good')]);
      await cluster.restartBeta(by);
      expect(await refusalOf(replica, job.jobId)).toBe('JOB-WAITING');
      expect(await cluster.beta.jobs.list()).toMatchObject([
        {
          jobId: job.jobId,
          health: 'error',
          targetState: 'Not Loaded',
          additional: expect.stringContaining('DISCONNECT'),
        },
      ]);
      expect((await cluster.events('beta', 5170)).map(({ message }) => message)).toEqual([
        expect.stringContaining('writes nothing to its replica: cannot open the replica'),
      ]);
      expectUntouched();

      const path = within(replica.startsWith('allowed/p') ? 'allowed/p' : 'allowed/a');
      if (lstatSync(path, { throwIfNoEntry: false })?.isDirectory()) renameSync(path, within('strange'));
      else rmSync(path, { force: true });
      renameSync(within('kept'), path);
      await expect.poll(async () => (await cluster.beta.jobs.list())[0]?.targetState).not.toBe('Not Loaded');
      const again = await greet(replica);
      await again.apply([file('more')]);
      expect(readdirSync(within(replica)).sort()).toEqual(['good', 'more']);
    },
  );

  test.runIf(isRoot)('on a volume that is not mounted it leaves the empty mount point empty', async () => {
    await start();
    mkdirSync(within('volume'));
    bind('volume', 'allowed/mounted');
    for (const replica of ['allowed/mounted', 'allowed/mounted/a']) {
      const source = await greet(replica);
      await source.apply([file('good')]);
      await cluster.restartBeta(() => unbind('allowed/mounted'));
      expect(await refusalOf(replica, job.jobId)).toBe('JOB-WAITING');
      expect(readdirSync(within('allowed/mounted'))).toEqual([]);
      bind('volume', 'allowed/mounted');
      await expect.poll(async () => (await cluster.beta.jobs.list())[0]?.targetState).not.toBe('Not Loaded');
      await (await greet(replica)).apply([file('more')]);
      await cluster.beta.jobs.disconnect(job.jobId);
    }
  });

  test('and one that cannot start can be given up: its paths are free then', async () => {
    await start();
    await (await greet('allowed/a')).apply([file('good')]);
    await cluster.restartBeta(() => {
      renameSync(within('allowed/a'), within('kept'));
      mkdirSync(within('allowed/a'));
    });
    expect(await refusalOf('allowed/a')).toBe('REPLICA-SHARED');
    await cluster.beta.jobs.disconnect(job.jobId);
    expect(await cluster.beta.jobs.list()).toEqual([]);
    await (await greet('allowed/a', 'another')).apply([file('new')]);
    expect(readdirSync(within('allowed/a'))).toEqual(['new']);
  });
});

test.runIf(isRoot)('removed objects are never kept outside of what is allowed', async () => {
  await start(['allowed']);
  execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=4m', 'understudy-test', within('allowed')], { stdio: 'pipe' });
  mounted.push(within('allowed'));
  const before = readdirSync(cluster.folder).sort();
  await (await greet('allowed')).apply([file('good')]);
  expect(readdirSync(cluster.folder).sort()).toEqual(before);
  await cluster.beta.jobs.disconnect(job.jobId);
  await (await greet('allowed/a', 'another')).apply([file('good')]);
  expect(readdirSync(within('allowed')).sort()).toEqual(['.understudy-removed-another-0', 'a', 'good']);
});
