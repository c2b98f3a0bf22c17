// EVERY and AT become schedules, which servers carry out by themselves when their time comes.
import { describe, expect, it } from 'vitest';
import { nextRun } from '../../src/runtime/schedules/next-run.ts';
import { recurrence } from '../../src/runtime/schedules/recurrence.ts';
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

describe('a command that is done again and again', () => {
  const names = async (home: ExampleHome): Promise<string[]> => {
    const [job] = await home.cluster.alpha.jobs.list();
    return (await home.cluster.beta.snapshots.list(job?.jobId ?? '')).map(({ name }) => name);
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
    const [report] = await home.cluster.beta.schedules.list();
    expect(report).toMatchObject({ lastOutcome: 'success', missedRuns: 0 });
    await home.run('schedule delete hourly on beta');
    expect(await home.cluster.beta.schedules.list()).toEqual([]);
  });

  it('keeps the newest of each of the last days, and never deletes what a person or a task took', async () => {
    const home = await ExampleHome.open();
    await home.run('snapshot schedule hourly every 1 hour keep 2 keep daily 3 on 1\nsnapshot take hourly on 1');
    await hours(home, 80);
    const [job] = await home.cluster.alpha.jobs.list();
    const held = (await home.cluster.beta.snapshots.list(job?.jobId ?? '')).filter(({ name }) => name === 'hourly');
    expect(held.map(({ type }) => type)).toEqual(['manual', ...Array(4).fill('scheduled')]);
    const [report] = await home.cluster.beta.schedules.list();
    expect(report).toMatchObject({ lastOutcome: 'success' });
    expect(await home.run('snapshot prune hourly keep 1 on 1')).toMatchObject({ kind: 'completed' });
    expect(home.output.at(-1)).toBe('3 of 4 snapshots "hourly" deleted');
    expect((await names(home)).filter((name) => name === 'hourly')).toHaveLength(2);
  });

  const types = async (home: ExampleHome): Promise<Record<string, string>> => {
    const [job] = await home.cluster.alpha.jobs.list();
    const held = await home.cluster.beta.snapshots.list(job?.jobId ?? '');
    return Object.fromEntries(held.map(({ name, type, state }) => [name, `${type}, ${state}`]));
  };

  it('lists what a schedule takes as scheduled, and what a person takes as manual', async () => {
    const home = await ExampleHome.open();
    await home.run('snapshot schedule hourly every 1 hour on 1');
    await home.run('schedule own cron "0 * * * *" timezone "UTC" do\ntarget beta\nsnapshot take "by block" on 1\nend');
    await hours(home, 1);
    expect(await types(home)).toMatchObject({
      hourly: 'scheduled, good',
      'by block': 'scheduled, good',
      'before upgrade': 'manual, good',
    });
    await home.run('snapshot list on 1');
    expect(home.output.find((line) => line.startsWith('hourly'))).toContain('Scheduled');
  });

  it('waits for a good state, and lists what came late as deferred', async () => {
    const home = await ExampleHome.open();
    await home.run('snapshot schedule hourly every 1 hour on 1\nsnapshot revert "before upgrade" on 1');
    await hours(home, 3);
    expect(await types(home)).toEqual({ 'before upgrade': 'manual, good' });
    expect(await home.cluster.beta.schedules.list()).toMatchObject([{ running: 1 }]);
    await home.run('snapshot take "by hand" on 1\nmirror start 1\nwait for mirror 1');
    await home.cluster.clock.advance(60_000);
    expect(await types(home)).toMatchObject({ hourly: 'deferred, good', 'by hand': 'manual, bad' });
    await hours(home, 1);
    expect(Object.values(await types(home))).toContain('scheduled, good');
  });

  it('does not hold up the end of its server while it waits', async () => {
    const home = await ExampleHome.open();
    await home.run('snapshot schedule hourly every 1 hour on 1\nsnapshot revert "before upgrade" on 1');
    await hours(home, 1);
    let stopped = false;
    void home.cluster.beta.stop().then(() => {
      stopped = true;
    });
    await home.cluster.clock.advance(5000);
    expect(stopped).toBe(true);
    home.cluster.kill('beta');
  });

  it('verifies once at a time, then is gone', async () => {
    const home = await ExampleHome.open();
    const at = new Date(home.cluster.clock.wallMs() + hourMs).toISOString().slice(0, 17);
    await home.run(`schedule delete nightly\nverify 1 report at ${at}00Z`);
    expect((await home.cluster.alpha.schedules.list()).map((one) => one.specification.name)).toEqual(['verify sales']);
    await hours(home, 3);
    expect(await home.cluster.alpha.schedules.list()).toEqual([]);
    expect((await home.cluster.events('alpha')).filter((id) => id === 5060)).toHaveLength(1);
  });

  it('verifies every hour', async () => {
    const home = await ExampleHome.open();
    await home.run('verify 1 report every 1 hour');
    await hours(home, 2);
    expect((await home.cluster.events('alpha')).filter((id) => id === 5060)).toHaveLength(2);
  });
});
