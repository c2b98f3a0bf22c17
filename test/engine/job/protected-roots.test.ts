// The folder at the path of a root is replaced while its job runs, or while its server is down.
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { JobReport } from '../../../src/model/report.ts';
import type { FileTree } from '../../../src/ports/files.ts';
import { MemoryCluster } from '../../support/memory-cluster.ts';

let cluster: MemoryCluster;
let jobId: string;

beforeEach(async () => {
  cluster = await MemoryCluster.start();
  cluster.workload.makeDirectory('/srv');
  cluster.workload.makeDirectory('/srv/data');
  cluster.workload.create('/srv/data/a', Buffer.from('one'));
  cluster.workload.create('/srv/data/b', Buffer.from('two'));
  cluster.workload.makeSymlink('/srv/link', 'data');
});
afterEach(() => cluster.stop());

async function protect(source = '/srv/data'): Promise<void> {
  const connecting = cluster.connect({ roots: [{ source, replica: '/replica' }] });
  ({ jobId } = await cluster.turning(connecting));
  await cluster.mirrored(jobId);
}

/** Changes of the workload's folders that no capture tells of. */
function unseen(change: () => void): void {
  cluster.workload.overflow(change);
}

async function replica(): Promise<Record<string, string>> {
  const tree = await cluster.tree('beta', '/replica');
  const contents: Record<string, string> = {};
  for (const { name, status } of (await tree.list('' as never)) ?? []) {
    if (status.kind === 'file') contents[name] = await contentOf(tree, name);
  }
  return contents;
}

async function contentOf(tree: FileTree, name: string): Promise<string> {
  const file = await tree.open(name as never, 'read');
  return (await file.read(0, 1000)).toString();
}

const isWrong = ({ health, targetState, additional }: JobReport): boolean =>
  health === 'error' && targetState !== 'OK' && additional.includes('is not the one that is protected');
const isRight = ({ health, targetState, additional }: JobReport): boolean =>
  health === 'healthy' && targetState === 'OK' && additional === '';

async function eventsOf(id: number): Promise<string[]> {
  return (await cluster.alpha.events.since(0)).filter((event) => event.id === id).map(({ message }) => message);
}

const both = { a: 'one', b: 'two' };

test('a folder that is moved away is told once and keeps its replica; the job goes on when it is back', async () => {
  await protect();
  cluster.workload.rename('/srv/data', '/srv/old');
  const { additional } = await cluster.until(jobId, isWrong);
  expect(additional).toContain('the folder /srv/data is not the one that is protected: there is no folder');
  await expect(cluster.turning(cluster.alpha.jobs.verify(jobId, 'report'))).rejects.toMatchObject({
    code: 'ROOT-REPLACED',
  });
  cluster.workload.create('/srv/old/unnoticed', Buffer.from('three'));
  await cluster.clock.advance(60_000);
  expect(await replica()).toEqual(both);
  expect(await eventsOf(5150)).toHaveLength(1);
  cluster.workload.rename('/srv/old', '/srv/data');
  await cluster.until(jobId, isRight);
  expect(await replica()).toEqual({ ...both, unnoticed: 'three' });
  expect(await eventsOf(5152)).toHaveLength(1);
});

test.each([
  ['while the server runs', false],
  ['while it is down', true],
])('the target does not call its replica good while the folder is away, moved %s', async (_, isDown) => {
  await protect();
  if (isDown) await cluster.turning(cluster.alpha.stop());
  cluster.workload.rename('/srv/data', '/srv/old');
  if (isDown) await cluster.restart('alpha');
  await cluster.until(jobId, isWrong);
  await cluster.clock.advance(5000);
  expect(await cluster.beta.jobs.report(jobId)).toMatchObject({ health: 'warning', targetState: 'Mirroring' });
  cluster.workload.rename('/srv/old', '/srv/data');
  await cluster.until(jobId, isRight);
  expect(await cluster.beta.jobs.report(jobId)).toMatchObject({ health: 'healthy', targetState: 'OK' });
});

test('a copy that is put in the place of the folder is protected from then on, within forty seconds', async () => {
  await protect();
  unseen(() => {
    cluster.workload.rename('/srv/data', '/srv/old');
    cluster.workload.makeDirectory('/srv/data');
    cluster.workload.create('/srv/data/a', Buffer.from('restored'));
  });
  await cluster.until(jobId, ({ mirror }) => mirror.completed > 1 && mirror.status === 'Idle');
  await cluster.until(jobId, isRight, 40);
  expect(await replica()).toEqual({ a: 'restored' });
  cluster.workload.create('/srv/data/c', Buffer.from('new'));
  cluster.workload.create('/srv/old/not-mine', Buffer.from('old'));
  await cluster.clock.advance(2000);
  expect(await replica()).toEqual({ a: 'restored', c: 'new' });
  expect(await eventsOf(5151)).toHaveLength(1);
});

test('an empty folder in its place does not empty the replica, until something is in it', async () => {
  await protect();
  unseen(() => {
    cluster.workload.rename('/srv/data', '/srv/old');
    cluster.workload.makeDirectory('/srv/data');
  });
  await cluster.until(jobId, isWrong);
  await cluster.clock.advance(300_000);
  expect(await replica()).toEqual(both);
  cluster.workload.create('/srv/data/first', Buffer.from('1'));
  await cluster.until(jobId, isRight);
  expect(await replica()).toEqual({ first: '1' });
});

test('a link on the way to the folder that is switched is noticed', async () => {
  cluster.workload.makeDirectory('/srv/other');
  cluster.workload.create('/srv/other/a', Buffer.from('other'));
  await protect('/srv/link');
  cluster.workload.unlink('/srv/link');
  cluster.workload.makeSymlink('/srv/link', 'other');
  await cluster.until(jobId, ({ mirror }) => mirror.completed > 1);
  await cluster.until(jobId, isRight);
  expect(await replica()).toEqual({ a: 'other' });
});

describe('while the server is down', () => {
  async function downDuring(change: () => void): Promise<void> {
    await protect();
    await cluster.turning(cluster.alpha.stop());
    change();
    await cluster.restart('alpha');
  }

  test.each([
    ['gone', () => undefined],
    ['empty', () => cluster.workload.makeDirectory('/srv/data')],
  ])(
    'a folder that is %s afterwards keeps its replica, and the job says so until it is there again',
    async (_, next) => {
      await downDuring(() => {
        cluster.workload.rename('/srv/data', '/srv/old');
        next();
      });
      await cluster.until(jobId, isWrong);
      await cluster.clock.advance(60_000);
      expect(await replica()).toEqual(both);
      if ((await cluster.machines.alpha.files.identityOf('/srv/data')) !== undefined)
        cluster.workload.removeDirectory('/srv/data');
      cluster.workload.rename('/srv/old', '/srv/data');
      cluster.workload.create('/srv/data/c', Buffer.from('new'));
      await cluster.until(jobId, isRight);
      expect(await replica()).toEqual({ ...both, c: 'new' });
    },
  );

  test('a restored folder is taken up, and the job says that it is another one', async () => {
    await downDuring(() => {
      cluster.workload.rename('/srv/data', '/srv/old');
      cluster.workload.makeDirectory('/srv/data');
      cluster.workload.create('/srv/data/a', Buffer.from('restored'));
    });
    await cluster.until(jobId, isRight);
    expect(await replica()).toEqual({ a: 'restored' });
    expect(await eventsOf(5151)).toHaveLength(1);
  });
});

test('an operator takes what is there with a mirror', async () => {
  await protect();
  unseen(() => {
    cluster.workload.rename('/srv/data', '/srv/old');
    cluster.workload.makeDirectory('/srv/data');
  });
  await cluster.until(jobId, isWrong);
  await cluster.alpha.mirrors.start(jobId, 'data-delta');
  // The folder is taken; that it is empty does not empty the replica before that is said too.
  await cluster.until(jobId, ({ additional }) => additional.includes('held back'));
  expect(await replica()).toEqual(both);
  await cluster.turning(cluster.alpha.mirrors.deleteOrphans(jobId));
  await cluster.until(jobId, ({ additional }) => additional === '');
  expect(await replica()).toEqual({});
  cluster.workload.create('/srv/data/c', Buffer.from('new'));
  await cluster.clock.advance(5000);
  await cluster.until(jobId, isRight);
  expect(await replica()).toMatchObject({ c: 'new' });
});
