// The source's server dies and nobody does anything: the monitor on the target takes over by itself.
import { appendFileSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { Pair, Stage } from '../support/serve-process.ts';
import { endWriter, startWriter } from './application.ts';

it('a monitor alone fails over when the source is killed, and the source stops when it comes back', async ({
  annotate,
}) => {
  const pair = await Pair.open(Stage.open());
  const writer = await startWriter(pair, 11);
  await pair.connect(
    [
      'wait for mirror $con timeout 1 minute',
      'monitor create watch on $con interval 1 second total 3 seconds',
      'monitor start watch',
    ].join('\n'),
  );
  await pair.until(({ replication }) => replication.status !== 'Pending');
  await pair.source.kill();
  const killedMs = performance.now();
  await endWriter(pair, writer);
  await failedOver(pair);
  await annotate(
    `failed over ${((performance.now() - killedMs) / 1000).toFixed(1)} s after the kill; the total time is 3 s`,
  );

  const report = await pair.target.api.jobs.report(pair.jobId);
  expect(report).toMatchObject({ failedOver: true, targetState: 'Not Loaded', epoch: 1 });
  expect(report.sequence.applied, 'all that was received is applied').toBe(report.sequence.durable);
  expect(await pair.target.events(5070)).toEqual([
    expect.stringMatching(/^Failover condition met for alpha: .*no answer for 3\.\d seconds/),
  ]);
  expect(await pair.target.events(5072)).toHaveLength(1);

  // The replica is the live copy now. What the source has and does reaches it no more.
  const live = join(pair.replica, 'written after the takeover');
  appendFileSync(live, 'live');
  await pair.source.start();
  await pair.until((one) => one.failedOver);
  appendFileSync(join(pair.workload, 'written after the takeover'), 'too late');
  expect(await pair.source.events(5074)).toEqual(['Stopped: beta has taken over with epoch 1']);
  expect(readFileSync(live, 'utf8')).toBe('live');
});

it('a target that was stopped for a while does not take over a source that is there', async () => {
  const pair = await Pair.open(Stage.open());
  await pair.connect(
    [
      'wait for mirror $con timeout 1 minute',
      'monitor create watch on $con interval 1 second total 3 seconds',
      'monitor start watch',
    ].join('\n'),
  );
  const answered = async (sinceMs: number): Promise<void> => {
    for (;;) {
      const [monitor] = await pair.target.api.monitors.list();
      expect(monitor?.state).toBe('Monitoring');
      if ((monitor?.lastSuccessMs ?? 0) > sinceMs) return;
      await sleep(20);
    }
  };
  await answered(0);
  pair.target.freeze();
  // What is tested is time itself: much more of it than the total time of the monitor.
  await sleep(9000);
  const thawedMs = Date.now();
  pair.target.thaw();
  await answered(thawedMs);
  expect((await pair.target.api.jobs.report(pair.jobId)).failedOver).toBe(false);
  expect(await pair.target.events(5070)).toEqual([]);
  expect(await pair.target.events(5190)).toEqual([
    expect.stringMatching(/^This server stood still for \d+\.\d seconds: its monitor of alpha does not count them$/),
  ]);
});

async function failedOver(pair: Pair): Promise<void> {
  for (;;) {
    const [monitor] = await pair.target.api.monitors.list();
    expect(monitor?.state).not.toBe('Failover Failed');
    if (monitor?.state === 'Failed Over') return;
    await sleep(20);
  }
}
