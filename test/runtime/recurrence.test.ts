// EVERY and AT become schedules, which servers carry out by themselves when their time comes.
import { describe, expect, it } from 'vitest';
import { recurrence } from '../../src/runtime/recurrence.ts';
import { nextRun } from '../../src/scheduler/next-run.ts';
import { ExampleHome } from '../support/example-home.ts';

const hourMs = 3_600_000;
const start = Date.parse('2026-11-22T00:00:30Z');

function runs(everyMs: number, atMs?: number): string[] {
  const { cron } = recurrence(everyMs, atMs === undefined ? undefined : { kind: 'time', dayMs: atMs });
  const found: string[] = [];
  for (let now: number | undefined = start; now !== undefined && found.length < 3; ) {
    now = nextRun(cron, 'UTC', now);
    found.push(new Date(now ?? 0).toISOString().slice(8, 16));
  }
  return found;
}

describe('EVERY and AT as a cron line', () => {
  it.each([
    [hourMs / 4, undefined, ['22T00:15', '22T00:30', '22T00:45']],
    [hourMs / 4, 2.1 * hourMs, ['22T00:06', '22T00:21', '22T00:36']],
    [hourMs, undefined, ['22T01:00', '22T02:00', '22T03:00']],
    [8 * hourMs, 2.5 * hourMs, ['22T02:30', '22T10:30', '22T18:30']],
    [24 * hourMs, 2 * hourMs, ['22T02:00', '23T02:00', '24T02:00']],
    [168 * hourMs, 2 * hourMs, ['22T02:00', '29T02:00', '06T02:00']],
  ])('every %d ms from %s on', (everyMs, atMs, expected) => {
    expect(runs(everyMs, atMs)).toEqual(expected);
  });

  it.each([0, 7 * 60_000, 5 * hourMs, 1500, 48 * hourMs])('%d ms cannot be said', (everyMs) => {
    expect(() => recurrence(everyMs, undefined)).toThrow(expect.objectContaining({ code: -101 }));
  });

  it('an instant happens once, and does not repeat', () => {
    const at = { kind: 'datetime', epochMs: Date.parse('2026-12-24T18:30:00Z') } as const;
    expect(recurrence(undefined, at)).toEqual({ cron: '30 18 24 12 *', timeZone: 'UTC', once: true });
    expect(() => recurrence(hourMs, at)).toThrow('AT is an instant');
  });
});

describe('a command that is done again and again', { timeout: 60_000 }, () => {
  const names = async (home: ExampleHome): Promise<string[]> => {
    const [job] = await home.cluster.alpha.jobs();
    return (await home.cluster.beta.snapshots(job?.jobId ?? '')).map(({ name }) => name);
  };
  const hours = async (home: ExampleHome, count: number): Promise<void> => {
    for (let done = 0; done < count * 2; done += 1) await home.cluster.clock.advance(hourMs / 2);
  };

  it('takes snapshots, and keeps the newest of its name', async () => {
    const home = await ExampleHome.open();
    expect(await home.run('snapshot schedule hourly every 1 hour keep 2 on 1')).toMatchObject({ kind: 'completed' });
    await hours(home, 4);
    expect((await names(home)).filter((name) => name === 'hourly')).toHaveLength(2);
    expect(await names(home)).toContain('before upgrade');
    const [report] = await home.cluster.beta.schedules();
    expect(report).toMatchObject({ lastOutcome: 'success', missedRuns: 0 });
    await home.run('schedule delete hourly on beta');
    expect(await home.cluster.beta.schedules()).toEqual([]);
  });

  it('verifies once at a time, then is gone', async () => {
    const home = await ExampleHome.open();
    const at = new Date(home.cluster.clock.wallMs() + hourMs).toISOString().slice(0, 17);
    await home.run(`schedule delete nightly\nverify 1 report at ${at}00Z`);
    expect((await home.cluster.alpha.schedules()).map((one) => one.specification.name)).toEqual(['verify sales']);
    await hours(home, 3);
    expect(await home.cluster.alpha.schedules()).toEqual([]);
    expect((await home.cluster.events('alpha')).filter((id) => id === 5060)).toHaveLength(1);
  });

  it('verifies every hour', async () => {
    const home = await ExampleHome.open();
    await home.run('verify 1 report every 1 hour');
    await hours(home, 2);
    expect((await home.cluster.events('alpha')).filter((id) => id === 5060)).toHaveLength(2);
  });
});
