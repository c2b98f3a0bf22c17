// An operation is given up, a mirror compares the replica without it, and the target restarts from a place before it: what the
// mirror has seen must still be so, or the operation comes true behind the mirror that was to make up for it.
import { afterEach, expect, test } from 'vitest';
import { MemoryCluster } from '../../support/memory-cluster.ts';

let cluster: MemoryCluster;
afterEach(() => cluster.stop());

const latencyMs = 30;

test('what was given up before a mirror looked does not come true after it', async () => {
  cluster = await MemoryCluster.start();
  const { workload, targetTrouble, clock, network } = cluster;
  workload.create('/work/a');
  const { jobId } = await cluster.turning(cluster.connect());
  await cluster.mirrored(jobId);
  network.setLatency(latencyMs);
  targetTrouble.refusedChanges.set('/replica/z', 'ENOSPC');
  workload.create('/work/z');
  await cluster.until(jobId, ({ sequence }) => sequence.head > sequence.applied);
  workload.overflow(() => workload.unlink('/work/z'));
  let isAnswered = false;
  targetTrouble.beforeCall = (name, path) => {
    isAnswered ||= name === 'list' && path.startsWith('/replica');
  };
  for (let waited = 0; !isAnswered && waited < 60_000; waited += 1) await clock.advance(1);
  expect(await cluster.events('beta')).toContain(5031);
  // The answer is back at the source, and the end of the mirror on its way.
  await clock.advance(latencyMs * 1.5);
  targetTrouble.refusedChanges.clear();
  cluster.kill('beta');
  await cluster.restart('beta');
  await cluster.until(jobId, ({ mirror, targetState }) => mirror.completed > 1 && targetState === 'OK');
  expect(await cluster.replicaManifest()).toEqual(await cluster.workManifest());
});
