// Random work on the source while links are cut and servers are killed; when it is over, the replica must become equal
// without anybody's help.
import { describe, expect, test } from 'vitest';
import { Failure } from '../../../src/base/failure.ts';
import { MemoryCluster, type MemoryClusterOptions } from '../../support/memory-cluster.ts';
import { numbers } from '../../support/numbers.ts';

function randomChange(cluster: MemoryCluster, next: (below: number) => number, links = true): void {
  const { workload } = cluster;
  const folder = (): string => ['/work', '/work/a', '/work/b', '/work/a/c', '/work/d'][next(5)] ?? '/work';
  const subfolder = (): string => ['/work/a', '/work/b', '/work/a/c', '/work/d'][next(4)] ?? '/work/a';
  const path = (): string => `${folder()}/${'wxyz'[next(4)]}`;
  const changes = [
    () => workload.create(path(), Buffer.alloc(next(3) === 0 ? 150_000 : next(50), next(256))),
    () => workload.write(path(), next(140_000), Buffer.alloc(1 + next(70_000), next(256))),
    () => workload.write(path(), next(40), Buffer.alloc(1 + next(20), next(256))),
    () => workload.truncate(path(), next(150_000)),
    () => workload.unlink(path()),
    () => workload.rename(path(), path()),
    () => workload.rename(subfolder(), subfolder()),
    () => workload.makeDirectory(subfolder()),
    () => workload.removeDirectory(subfolder()),
    () => (links ? workload.link(path(), path()) : undefined),
    () => workload.makeSymlink(path(), `t${next(5)}`),
    () => workload.setAttributes(path(), { mode: 0o600 + next(64) }),
    () => workload.punch(path(), next(100_000), 1 + next(100_000)),
    () => workload.setExtended(path(), 'user.note', Buffer.from([next(256)])),
  ];
  attempt(changes[next(changes.length)] ?? (() => undefined));
}

/** What a file system would refuse is no change. */
function attempt(change: () => void): void {
  try {
    change();
  } catch (thrown) {
    const refused = thrown instanceof Failure || (thrown instanceof Error && /^only a file/.test(thrown.message));
    if (!refused) throw thrown;
  }
}

/** What applications do in one go, faster than anybody can look. */
function hastyChange(cluster: MemoryCluster, next: (below: number) => number): void {
  const { workload } = cluster;
  const folders = ['/work/a', '/work/b', '/work/a/c', '/work/d'];
  const folder = (): string => folders[next(folders.length)] ?? '/work/a';
  const path = (): string => `${next(3) === 0 ? '/work' : folder()}/${'wxyz'[next(4)]}`;
  const content = (): Buffer => Buffer.alloc(next(3) === 0 ? 150_000 : 1 + next(50), next(256));
  const inTurn = (...steps: readonly (() => void)[]): void => {
    for (const step of steps) attempt(step);
  };
  const [from, to, file, other] = [folder(), folder(), path(), path()];
  const changes = [
    // Write anew and rename.
    () =>
      inTurn(
        () => workload.create(`${file}.new`, content()),
        () => workload.rename(`${file}.new`, file),
      ),
    // Two names exchanged.
    () =>
      inTurn(
        () => workload.rename(from, '/work/aside'),
        () => workload.rename(to, from),
        () => workload.rename('/work/aside', to),
      ),
    // Moved away, and made again with another file of the same name.
    () =>
      inTurn(
        () => workload.rename(from, `${to}/moved`),
        () => workload.makeDirectory(from),
        () => workload.create(`${from}/w`, content()),
      ),
    // Removed with all that is in it, and made again.
    () =>
      inTurn(
        ...[...'wxyz'].map((name) => () => workload.unlink(`${from}/${name}`)),
        () => workload.removeDirectory(from),
        () => workload.makeDirectory(from),
      ),
    () =>
      inTurn(
        () => workload.write(file, 0, content()),
        () => workload.unlink(file),
      ),
    () =>
      inTurn(
        () => workload.rename(file, other),
        () => workload.create(file, content()),
      ),
  ];
  changes[next(changes.length)]?.();
}

const captures: Readonly<Record<string, MemoryClusterOptions>> = {
  changes: { capture: 'changes' },
  'late notifications': { capture: 'changes', notificationsLateMs: 25 },
  'late notifications of hasty changes': { capture: 'changes', notificationsLateMs: 25 },
  operations: { capture: 'operations' },
};

async function play(seed: number, name: string): Promise<void> {
  const options = captures[name] ?? expect.fail(name);
  const hasty = name.endsWith('hasty changes');
  const next = numbers(seed);
  const cluster = await MemoryCluster.start(options);
  for (let count = next(40); count > 0; count -= 1) randomChange(cluster, next);
  const { jobId } = await cluster.turning(cluster.connect());
  for (let round = 0; round < 12; round += 1) {
    for (let count = next(30); count > 0; count -= 1) {
      if (hasty && next(2) === 0) hastyChange(cluster, next);
      // What is written through a link that is gone before anybody looked is not seen, as capture's DESIGN.md says.
      else randomChange(cluster, next, !hasty);
      if (next(3) === 0) await cluster.clock.advance(next(30));
    }
    const fault = next(6);
    if (fault === 0) cluster.network.cut('alpha', 'beta');
    if (fault === 1 || fault === 2) {
      cluster.kill('beta');
      await cluster.clock.advance(next(500));
      await cluster.restart('beta');
    }
    if (fault === 3) {
      cluster.kill('alpha');
      for (let count = next(10); count > 0; count -= 1) randomChange(cluster, next);
      await cluster.restart('alpha');
    }
    if (fault === 4) cluster.workload.overflow(() => randomChange(cluster, next));
    await cluster.clock.advance(next(3000));
  }
  await cluster.until(jobId, ({ sequence, targetState, mirror, replication }) => {
    const idle = mirror.status === 'Idle' && replication.status === 'Ready';
    return idle && targetState === 'OK' && sequence.applied === sequence.head;
  });
  await cluster.clock.advance(10_000);
  await cluster.until(
    jobId,
    ({ sequence, replication }) => replication.status === 'Ready' && sequence.applied === sequence.head,
  );
  expect(await cluster.replicaManifest(), `seed ${seed}`).toEqual(await cluster.workManifest());
  await cluster.stop();
}

const first = Number(process.env.FIRST_SEED ?? 1);
const count = Number(process.env.SEEDS ?? 12);

describe.each(Object.keys(captures))('with a capture of %s the replica becomes equal', (name) => {
  for (let seed = first; seed < first + count; seed += 1) test(`seed ${seed}`, () => play(seed, name));
});

/** Histories that once went wrong. */
const kept = [
  // Two names of one file, both gone, left its last change to each other without end.
  { name: 'late notifications', seed: 342 },
];

test.each(kept)('$name, seed $seed', ({ name, seed }) => play(seed, name));
