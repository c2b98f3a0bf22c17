// A target that finds its replica different from what the stream expects, while no source is connected: it remembers the
// place, and the source sends it again when it is back.
import { afterEach, expect, test } from 'vitest';
import { MemoryWorkload } from '../../../src/simulator/memory/memory-workload.ts';
import { MemoryCluster } from '../../support/memory-cluster.ts';

let cluster: MemoryCluster;
afterEach(() => cluster.stop());

test('a file that was removed from the replica while the link was down is sent again', async () => {
  cluster = await MemoryCluster.start({ capture: 'operations' });
  const { workload, network, machines } = cluster;
  workload.create('/work/file', Buffer.from('the beginning'));
  const { jobId } = await cluster.turning(cluster.connect());
  await cluster.mirrored(jobId);
  const actions = { onexecute: { type: 'program', program: '/hold', arguments: [] } } as const;
  await cluster.turning(cluster.alpha.tasks.queue(jobId, { name: 'hold', actions, timeoutMs: null }));
  workload.write('/work/file', 4, Buffer.from('END'));
  await cluster.until(jobId, ({ sequence }) => sequence.durable === sequence.head);
  network.refuse('alpha', 'beta');
  network.cut('alpha', 'beta');
  new MemoryWorkload(machines.beta.files, 'changes').unlink('/replica/file');
  machines.beta.programs.started[0]?.end();
  await cluster.clock.advance(20_000);
  network.heal('alpha', 'beta');
  await cluster.clock.advance(20_000);
  await cluster.until(jobId, ({ sequence }) => sequence.applied === sequence.head);
  expect(await cluster.replicaManifest()).toEqual(await cluster.workManifest());
});
