import { beforeEach, describe, expect, test } from 'vitest';
import type { RawPath } from '../../../src/base/raw-path.ts';
import type { JobSpecification } from '../../../src/model/job.ts';
import {
  checkReplicaDoor,
  checkReplicaPaths,
  checkSourcePlaces,
} from '../../../src/runtime/jobs/admission/target-policy.ts';
import { MemoryFiles } from '../../../src/simulator/memory/memory-files.ts';

let files: MemoryFiles;

beforeEach(async () => {
  files = new MemoryFiles();
  const tree = await files.openTree('/srv/replicas', { create: true });
  await tree.makeDirectory('sales' as RawPath, 0o755);
  await tree.makeSymlink('escape' as RawPath, '/etc');
  await tree.makeSymlink('sales/inner' as RawPath, '../../..');
  await (await tree.create('file' as RawPath, 0o644)).close();
  await (await files.openTree('/', {})).makeSymlink('link' as RawPath, '/srv/replicas');
});

function specification(replica: string, source = '/work'): JobSpecification {
  return {
    jobId: 'j',
    name: 'sales to beta',
    replicationSet: 'sales',
    sourceServer: 'alpha',
    targetServer: 'beta',
    roots: [{ source, replica }],
    rules: [],
    mirrorMethod: 'data-delta',
    orphans: 'delete',
  };
}

async function check(
  replica: string,
  allowedRoots: readonly string[] | 'any' = ['/srv/replicas'],
  taken: readonly { readonly path: string; readonly job: string }[] = [],
): Promise<void> {
  await checkReplicaPaths(specification(replica), { files, allowedRoots, taken });
  await checkReplicaDoor(specification(replica), { files, allowedRoots, taken });
}

const refused = expect.objectContaining({ code: 'TARGET-PATH-REFUSED' });

describe('where a replica may lie', () => {
  test('in a folder that is allowed, or below it, there or not', async () => {
    for (const path of ['/srv/replicas', '/srv/replicas/sales', '/srv/replicas/sales/deep/er', '/srv/replicas/new']) {
      await expect(check(path)).resolves.toBeUndefined();
    }
    await expect(check('/anywhere', ['/'])).resolves.toBeUndefined();
    await expect(check('/anywhere', 'any')).resolves.toBeUndefined();
    // The allowed folder itself is the operator's own path: it may lead over a link.
    await expect(check('/link/sales', ['/link'])).resolves.toBeUndefined();
  });

  test('not outside, not above, not beside one of a similar name', async () => {
    for (const path of ['/srv', '/', '/etc', '/srv/replicas2', '/srv/replicas-old/x']) {
      await expect(check(path)).rejects.toEqual(refused);
    }
    await expect(check('/srv/replicas/a', [])).rejects.toEqual(refused);
  });

  test('not with a path that is not plain', async () => {
    for (const path of [
      '',
      'srv/replicas',
      '/srv/replicas/../etc',
      '/srv/replicas/./a',
      '/srv//replicas',
      '/a\0b',
      '/',
    ]) {
      await expect(check(path, 'any')).rejects.toEqual(refused);
    }
  });

  test('not behind a symbolic link or a file below the allowed folder', async () => {
    for (const path of ['escape', 'escape/passwd', 'sales/inner', 'sales/inner/etc', 'file', 'file/x']) {
      await expect(check(`/srv/replicas/${path}`)).rejects.toEqual(refused);
    }
  });

  test('not where other data lies: the same, above or below', async () => {
    const taken = [{ path: '/srv/replicas/sales', job: 'sales to beta' }];
    for (const path of ['/srv/replicas/sales', '/srv/replicas', '/srv/replicas/sales/x']) {
      await expect(check(path, ['/srv'], taken)).rejects.toMatchObject({
        code: 'TARGET-PATH-REFUSED',
        reason: expect.stringContaining('sales to beta'),
      });
    }
    await expect(check('/srv/replicas/sales2', ['/srv'], taken)).resolves.toBeUndefined();
    await expect(check('/srv/x', ['/srv'], [{ path: '/', job: 'all of it' }])).rejects.toEqual(refused);
  });

  test('not where other data lies by another name, there or not yet', async () => {
    const taken = [{ path: '/srv/replicas/sales', job: 'sales to beta' }];
    for (const path of ['/link/sales', '/link/sales/x', '/link']) {
      await expect(check(path, ['/link'], taken)).rejects.toEqual(refused);
    }
    await expect(check('/link/other', ['/link'], taken)).resolves.toBeUndefined();
    await expect(check('/link/new/x', ['/link'], [{ path: '/srv/replicas/new', job: 'j' }])).rejects.toEqual(refused);
  });

  test('not two of one job in each other', async () => {
    const roots = [
      { source: '/a', replica: '/srv/replicas/a' },
      { source: '/b', replica: '/srv/replicas/a/b' },
    ];
    const both = checkReplicaPaths({ ...specification(''), roots }, { files, allowedRoots: 'any', taken: [] });
    await expect(both).rejects.toEqual(refused);
  });
});

describe('on one machine', () => {
  async function checkPlaces(source: string, replica: string): Promise<void> {
    const workload = [await files.place(source)];
    const machine = { id: 'm', workload, home: await files.place('/home/alpha') };
    await checkSourcePlaces(specification(replica, source), machine, files);
  }
  const overlap = expect.objectContaining({ code: 'PATHS-OVERLAP' });

  test('a workload must not be the replica or lie in it, by whatever name', async () => {
    for (const [source, replica] of [
      ['/work', '/work'],
      ['/work/deep', '/work'],
      ['/link', '/srv/replicas'],
      ['/link/sales', '/srv/replicas'],
      ['/srv/replicas/new', '/link'],
    ] as const) {
      await expect(checkPlaces(source, replica)).rejects.toEqual(overlap);
    }
    await expect(checkPlaces('/work2', '/work')).resolves.toBeUndefined();
    // The source leaves it out of the workload.
    for (const [source, replica] of [
      ['/work', '/work/replica'],
      ['/', '/replica'],
      ['/link', '/srv/replicas/sales'],
    ] as const) {
      await expect(checkPlaces(source, replica)).resolves.toBeUndefined();
    }
  });

  test('a replica must not lie in the home folder of the source, nor that in it', async () => {
    for (const replica of ['/home/alpha', '/home/alpha/jobs/x', '/home']) {
      await expect(checkPlaces('/work', replica)).rejects.toEqual(overlap);
    }
  });
});
