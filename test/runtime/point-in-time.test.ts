// FAILOVER … TO TIME with whole servers: snapshots that a schedule takes are the points, and the report names the one it went to.
import { expect, test } from 'vitest';
import { ExampleHome } from '../support/example-home.ts';

const minuteMs = 60_000;

test('goes back to the last snapshot of the schedule before the data was spoiled, and says which instant that is', async () => {
  const home = await ExampleHome.open();
  const { cluster, output } = home;
  const minutes = async (count: number): Promise<void> => {
    for (let done = 0; done < count * 2; done += 1) await cluster.clock.advance(minuteMs / 2);
  };
  const replica = async (): Promise<string> => {
    const file = await (await cluster.tree('beta', '/replica/sales')).open('orders' as never, 'read');
    try {
      return (await file.read(0, 100)).toString();
    } finally {
      await file.close();
    }
  };
  await home.run('snapshot schedule points every 15 minutes keep 96 on 1');
  await minutes(16);
  cluster.workload.write('/srv/sales/orders', 0, Buffer.from('4'));
  await minutes(10);
  const before = new Date(cluster.clock.wallMs()).toISOString();
  cluster.workload.write('/srv/sales/orders', 0, Buffer.from('spoiled'));
  await minutes(20);
  expect(await replica()).toMatch(/^spoiled/);
  expect(await home.run(`failover 1 to time ${before} queue discard`)).toMatchObject({ kind: 'completed' });
  // At minute 26 the last point is that of minute 15, which is before the write of minute 16.
  expect(await replica()).toBe('three lamps');
  const said = output.find((line) => line.startsWith('Going back to'));
  expect(said).toMatch(
    /^Going back to 2026-01-01 0\d:15:0\d \w+, 6\d\d s before the time that was asked for: snapshot "points"$/,
  );
  expect(output.find((line) => line.startsWith('Loss:'))).toMatch(
    /^Loss: everything after snapshot "points" of 2026-01-01T0\d:15:0\d\.\d+Z was discarded/,
  );
});

test('a time before the first good snapshot is refused, and the source goes on', async () => {
  const home = await ExampleHome.open();
  const outcome = await home.run('failover 1 to time 2020-01-01T00:00:00Z');
  expect(JSON.stringify(outcome)).toContain('has no good snapshot of');
  const [job] = await home.cluster.beta.jobs.list();
  expect(job).toMatchObject({ failedOver: false });
});
