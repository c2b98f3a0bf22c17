// What a service manager hears of a server while it runs.
import { expect, it } from 'vitest';
import { ServiceReport } from '../../src/cli/servers/service-report.ts';
import type { ServerReport } from '../../src/model/report.ts';
import type { ServiceState } from '../../src/platform/service/service-manager.ts';
import { ManualClock } from '../../src/simulator/time/manual-clock.ts';

const listen = '10.0.0.1:6320';

function stage(watchdogMs: number | undefined, ask: () => Promise<ServerReport>) {
  const clock = new ManualClock();
  const told: (ServiceState | 'closed')[] = [];
  const logged: string[] = [];
  const manager = {
    watchdogMs,
    tell: (state: ServiceState) => void told.push(state),
    close: () => void told.push('closed'),
  };
  const log = { write: (_level: string, message: string) => void logged.push(message) };
  const report = new ServiceReport({ manager, clock, log, listen, ask });
  const since = (): (ServiceState | 'closed')[] => told.splice(0);
  return { clock, report, since, logged };
}

const jobs = (...healths: readonly string[]): ServerReport =>
  ({ jobs: healths.map((health) => ({ health })) }) as unknown as ServerReport;

it('that it is ready, then how it is, twice in the time that the manager waits', async () => {
  const answers = [jobs(), jobs('healthy'), jobs('error', 'healthy', 'healthy')];
  const { clock, report, since } = stage(10_000, async () => answers.shift() ?? jobs());
  await clock.advance(0);
  const well = { ready: true, well: true };
  expect(since()).toEqual([
    { ready: true, status: 'Ready' },
    { ...well, status: `Links on ${listen}; no connections` },
  ]);
  await clock.advance(4999);
  expect(since()).toEqual([]);
  await clock.advance(1);
  expect(since()).toEqual([{ ...well, status: `Links on ${listen}; 1 connection: 1 healthy` }]);
  await clock.advance(5000);
  expect(since()).toEqual([{ ...well, status: `Links on ${listen}; 3 connections: 2 healthy, 1 error` }]);
  report.stop();
  await clock.advance(60_000);
  expect(since()).toEqual([{ stopping: true, status: 'Stopping' }, 'closed']);
});

it('not that it is well while it does not answer, and so again once it does', async () => {
  let answers = false;
  const ask = async (): Promise<ServerReport> => {
    if (!answers) throw new Error('no');
    return jobs();
  };
  const { clock, report, since, logged } = stage(undefined, ask);
  await clock.advance(0);
  expect(since().some((state) => state !== 'closed' && state.well)).toBe(false);
  expect(logged).toEqual(['this server does not answer on the socket of its home']);
  answers = true;
  await clock.advance(30_000);
  expect(since()).toEqual([{ ready: true, well: true, status: `Links on ${listen}; no connections` }]);
  report.stop();
});

it('nothing of an answer that comes after the stop, and one question at a time', async () => {
  const waiting: ((report: ServerReport) => void)[] = [];
  const { clock, report, since } = stage(10_000, () => new Promise((resolve) => waiting.push(resolve)));
  await clock.advance(60_000);
  expect(waiting.length).toBe(1);
  expect(since()).toEqual([{ ready: true, status: 'Ready' }]);
  report.stop();
  waiting[0]?.(jobs());
  await clock.advance(60_000);
  expect(since()).toEqual([{ stopping: true, status: 'Stopping' }, 'closed']);
  expect(waiting.length).toBe(1);
});
