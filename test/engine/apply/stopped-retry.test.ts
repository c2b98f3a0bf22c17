// A target that is stopped while it tries an operation again has not applied it, whatever stands behind it in the stream.
import { afterEach, expect, test } from 'vitest';
import { MemoryCluster } from '../../support/memory-cluster.ts';

let cluster: MemoryCluster;
afterEach(() => cluster.stop());

test('an operation that is being retried when the server stops is applied after the next start', async () => {
  cluster = await MemoryCluster.start();
  cluster.workload.create('/work/a', Buffer.from('one'));
  const { jobId } = await cluster.turning(cluster.connect({}));
  await cluster.mirrored(jobId);
  // Operation and marker come together when the target is there again: they are read in one batch.
  cluster.kill('beta');
  cluster.targetTrouble.refusedChanges.set('/replica/x', 'EIO');
  cluster.workload.create('/work/x', Buffer.from('two'));
  const task = { name: 't', actions: { onexecute: { type: 'snapshot', name: 's' } }, timeoutMs: null } as const;
  await cluster.turning(cluster.alpha.tasks.queue(jobId, task));
  await cluster.restart('beta');
  await cluster.clock.advance(5000);
  await cluster.turning(cluster.beta.stop());
  cluster.targetTrouble.refusedChanges.clear();
  await cluster.restart('beta');
  await cluster.clock.advance(20_000);

  const replica = await cluster.tree('beta', '/replica');
  const names = ((await replica.list('' as never)) ?? []).map(({ name }) => name).sort();
  expect(names).toEqual(['a', 'x']);
});
