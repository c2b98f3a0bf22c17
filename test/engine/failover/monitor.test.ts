// The two formulas of the guide (ch. 3, Failover Monitor), on a clock turned by hand.
import { describe, expect, test } from 'vitest';
import { sleep } from '../../../src/base/waiting/clock.ts';
import { FailoverMonitor, type WatchedSource } from '../../../src/engine/failover/monitor.ts';
import { gone, there } from '../../../src/engine/failover/source-check.ts';
import type { MonitorSpecification } from '../../../src/model/report.ts';
import { ManualClock } from '../../../src/simulator/time/manual-clock.ts';
import { monitorOf } from '../../support/monitors.ts';
import { StoppingClock } from '../../support/stopping-clock.ts';

class Rig {
  readonly clock = new ManualClock();
  /** The clock of the process that watches. */
  readonly own = new StoppingClock(this.clock);
  readonly monitor: FailoverMonitor;
  readonly probesMs: number[] = [];
  readonly events: number[] = [];
  answer: string | undefined;
  cannotAsk = false;
  readonly #responseMs: number;
  failedOverMs: number | undefined;
  refuseFailover = false;
  isTakenOver = false;

  constructor(changes: Partial<MonitorSpecification>, responseMs = 0) {
    this.#responseMs = responseMs;
    const specification = monitorOf('j', { intervalMs: 10_000, condition: total(60_000), ...changes });
    const source: WatchedSource = {
      name: 'alpha',
      check: async (signal) => {
        this.probesMs.push(this.clock.monotonicMs());
        const { answer, own: cannotAsk } = { answer: this.answer, own: this.cannotAsk };
        if (this.#responseMs > 0) await sleep(this.own, this.#responseMs, signal);
        if (cannotAsk) return { says: 'nothing', reason: 'no right' };
        return answer === undefined ? there : gone(answer);
      },
      failOver: async () => {
        if (this.refuseFailover) throw new Error('no room');
        this.failedOverMs = this.clock.monotonicMs();
      },
      isTakenOver: () => this.isTakenOver,
      tell: (id) => void this.events.push(id),
    };
    this.monitor = new FailoverMonitor(specification, source, this.own);
    this.monitor.start();
  }

  die(): void {
    this.answer = 'no answer';
  }
}

const total = (totalMs: number): MonitorSpecification['condition'] => ({ type: 'total-time', totalMs });
const failures = (count: number): MonitorSpecification['condition'] => ({ type: 'failures', count });

test('a source that answers is watched, each probe the interval after the answer to the last', async () => {
  const rig = new Rig({ intervalMs: 10_000 }, 500);
  await rig.clock.advance(32_000);
  expect(rig.probesMs).toEqual([0, 10_500, 21_000, 31_500]);
  expect(rig.monitor.report()).toMatchObject({ state: 'Monitoring', consecutiveFailures: 0, evidence: [] });
  await rig.clock.advance(3_600_000);
  expect(rig.failedOverMs).toBeUndefined();
});

test.each([
  ['as long as', 15_000],
  ['nearly as long as', 14_900],
])('an interval %s the total time leaves a source that is there its time to answer', async (_, intervalMs) => {
  const rig = new Rig({ intervalMs, condition: total(15_000) }, 500);
  await rig.clock.advance(3_600_000);
  expect(rig.monitor.report()).toMatchObject({ state: 'Monitoring', evidence: [] });
});

test('the nearer the end of the total time, the more often the source is asked', async () => {
  const rig = new Rig({ intervalMs: 5000, condition: total(15_000) });
  await rig.clock.advance(1);
  rig.die();
  await rig.clock.advance(15_000);
  expect(rig.probesMs).toEqual([0, 5000, 10_000, 12_500, 13_750, 15_000]);
  expect(rig.failedOverMs).toBe(15_000);
});

test('with a total time the source has failed exactly when it has passed since the last success', async () => {
  const rig = new Rig({ intervalMs: 7000, condition: total(60_000) });
  await rig.clock.advance(7000);
  rig.die();
  await rig.clock.advance(59_999);
  expect(rig.monitor.report().state).toBe('Monitoring');
  await rig.clock.advance(1);
  expect(rig.failedOverMs).toBe(67_000);
  expect(rig.monitor.report()).toMatchObject({ state: 'Failed Over', lastSuccessMs: rig.clock.wallMs() - 60_000 });
  expect(rig.events).toEqual([5070]);
});

test('also when a probe is still out at that moment', async () => {
  const rig = new Rig({ intervalMs: 0, condition: total(12_000) }, 5000);
  rig.die();
  // The first probe is answered at 5 seconds.
  await rig.clock.advance(16_999);
  expect(rig.failedOverMs).toBeUndefined();
  await rig.clock.advance(1);
  expect(rig.failedOverMs).toBe(17_000);
});

test('one success begins the total time anew', async () => {
  const rig = new Rig({ intervalMs: 10_000, condition: total(30_000) });
  rig.die();
  await rig.clock.advance(25_000);
  rig.answer = undefined;
  await rig.clock.advance(5000 - 1);
  expect(rig.failedOverMs).toBeUndefined();
});

test('with consecutive failures it takes (response + interval) times the count, and a success begins anew', async () => {
  const rig = new Rig({ intervalMs: 10_000, condition: failures(4) }, 2000);
  rig.die();
  // The probe that was out already is answered; four follow, of 2 seconds each, 10 seconds after the answer before.
  await rig.clock.advance(2000 + 4 * 12_000 - 1);
  expect(rig.monitor.report()).toMatchObject({ state: 'Monitoring', consecutiveFailures: 3 });
  await rig.clock.advance(1);
  expect(rig.monitor.report()).toMatchObject({ state: 'Failed Over', consecutiveFailures: 4 });
  expect(rig.failedOverMs).toBe(50_000);
  const other = new Rig({ intervalMs: 1000, condition: failures(3) });
  other.die();
  await other.clock.advance(2500);
  other.answer = undefined;
  await other.clock.advance(1000);
  other.die();
  await other.clock.advance(2000);
  expect(other.monitor.report().consecutiveFailures).toBe(2);
  await other.clock.advance(1000);
  expect(other.failedOverMs).toBe(6000);
});

test('an interval of 0 asks again at once', async () => {
  const rig = new Rig({ intervalMs: 0, condition: failures(20) }, 100);
  rig.die();
  await rig.clock.advance(2099);
  expect(rig.failedOverMs).toBeUndefined();
  await rig.clock.advance(1);
  expect(rig.failedOverMs).toBe(2100);
});

test('wait for user: the condition is met and nothing is done; stopped and started it watches anew', async () => {
  const rig = new Rig({ waitForUser: true, intervalMs: 1000, condition: failures(3) });
  rig.die();
  await rig.clock.advance(60_000);
  expect(rig.monitor.report()).toMatchObject({ state: 'Failover Condition Met' });
  expect([rig.events, rig.failedOverMs]).toEqual([[5070, 5192], undefined]);
  await rig.monitor.stop();
  expect(rig.monitor.report().state).toBe('Stopped');
  rig.monitor.start();
  await rig.clock.advance(1500);
  expect(rig.monitor.report()).toMatchObject({ state: 'Monitoring', consecutiveFailures: 2 });
  await rig.clock.advance(1000);
  expect(rig.events).toEqual([5070, 5192, 5070, 5192]);
});

test.each([
  ['failures', failures(3)],
  ['a total time', total(3000)],
])('wait for user with %s: the source answers again, and the monitor watches on', async (_what, condition) => {
  const rig = new Rig({ waitForUser: true, intervalMs: 1000, condition });
  rig.die();
  await rig.clock.advance(600_000);
  const met = rig.monitor.report();
  expect(met.state).toBe('Failover Condition Met');
  rig.answer = undefined;
  await rig.clock.advance(1000);
  const { state, consecutiveFailures, lastSuccessMs, evidence } = rig.monitor.report();
  expect({ state, consecutiveFailures, lastSuccessMs }).toEqual({
    state: 'Monitoring',
    consecutiveFailures: 0,
    lastSuccessMs: rig.clock.wallMs(),
  });
  // What led to the condition is still there.
  expect(evidence).toEqual([...met.evidence, expect.stringContaining('the source answers again')]);
  expect(rig.events).toEqual([5070, 5192, 5191]);
  rig.die();
  await rig.clock.advance(4000);
  expect(rig.monitor.report().state).toBe('Failover Condition Met');
  expect(rig.events).toEqual([5070, 5192, 5191, 5070, 5192]);
});

describe('a notice that waits for its answer', () => {
  async function noticed(changes: Partial<MonitorSpecification> = {}): Promise<Rig> {
    const rig = new Rig({ waitForUser: true, intervalMs: 1000, condition: failures(3), ...changes });
    rig.die();
    await rig.clock.advance(30_300);
    expect(rig.monitor.report().state).toBe('Failover Condition Met');
    return rig;
  }

  test('Implement fails over', async () => {
    const rig = await noticed();
    await rig.monitor.implement();
    expect(rig.failedOverMs).toBe(30_300);
    expect(rig.monitor.report().state).toBe('Failed Over');
    await expect(rig.monitor.implement()).rejects.toMatchObject({ code: 'MONITOR-NOT-PENDING' });
    rig.isTakenOver = true;
    await rig.clock.advance(5000);
    expect(rig.clock.nextTimerMs()).toBeUndefined();
  });

  test('an Implement that fails says why and can be said again; the source is asked on', async () => {
    const rig = await noticed();
    rig.refuseFailover = true;
    await expect(rig.monitor.implement()).rejects.toThrow('no room');
    expect(rig.monitor.report().state).toBe('Failover Condition Met');
    const asked = rig.probesMs.length;
    await rig.clock.advance(5000);
    expect(rig.probesMs.length).toBe(asked + 5);
    rig.refuseFailover = false;
    await rig.monitor.implement();
    expect(rig.monitor.report().state).toBe('Failed Over');
  });

  test.each([
    ['failures', failures(3), 2000],
    ['a total time', total(20_000), 20_000],
  ])(
    'after Dismiss, with %s, the source is asked at once, and a silence as long as before is a new notice',
    async (_what, condition, silentMs) => {
      const rig = await noticed({ condition, intervalMs: 1000 });
      rig.monitor.dismiss();
      expect(rig.monitor.report()).toMatchObject({ state: 'Monitoring', consecutiveFailures: 0 });
      expect(rig.monitor.report().evidence.at(-1)).toMatch(/a person dismissed the failover$/);
      expect(() => rig.monitor.dismiss()).toThrow(/no failover waits for an answer: its state is 'Monitoring'/);
      await rig.clock.advance(0);
      expect(rig.probesMs.at(-1)).toBe(30_300);
      await rig.clock.advance(silentMs - 1);
      expect(rig.events).toEqual([5070, 5192, 5193]);
      await rig.clock.advance(1);
      expect(rig.events).toEqual([5070, 5192, 5193, 5070, 5192]);
      expect(rig.failedOverMs).toBeUndefined();
    },
  );

  test('after Dismiss a source that answers is watched on as if nothing had been', async () => {
    const rig = await noticed();
    rig.answer = undefined;
    rig.monitor.dismiss();
    await rig.clock.advance(600_000);
    expect(rig.events).toEqual([5070, 5192, 5193]);
    expect(rig.monitor.report()).toMatchObject({ state: 'Monitoring', consecutiveFailures: 0 });
  });

  test('a check that is under way at Dismiss belongs to the silence of before', async () => {
    const rig = new Rig({ waitForUser: true, intervalMs: 1000, condition: failures(1) }, 400);
    rig.die();
    await rig.clock.advance(1900);
    expect(rig.monitor.report().state).toBe('Failover Condition Met');
    await rig.clock.advance(1200);
    rig.monitor.dismiss();
    await rig.clock.advance(200);
    expect(rig.monitor.report().state).toBe('Monitoring');
    await rig.clock.advance(400);
    expect(rig.monitor.report().state).toBe('Failover Condition Met');
  });

  test('neither is taken while nothing waits, nor from a monitor that fails over by itself', async () => {
    const rig = new Rig({ intervalMs: 1000, condition: failures(3) });
    await expect(rig.monitor.implement()).rejects.toMatchObject({ code: 'MONITOR-NOT-PENDING' });
    expect(() => rig.monitor.dismiss()).toThrow(/no failover waits/);
    expect(rig.monitor.report().state).toBe('Monitoring');
    await rig.monitor.stop();
  });
});

describe('a check in which nobody could be asked', () => {
  test.each([
    ['failures', failures(3)],
    ['a total time', total(10_000)],
  ])('never leads to a failover, with %s, and is told once', async (_what, condition) => {
    const rig = new Rig({ intervalMs: 1000, condition }, 500);
    rig.cannotAsk = true;
    await rig.clock.advance(600_000);
    expect(rig.monitor.report()).toMatchObject({ state: 'Monitoring', consecutiveFailures: 0 });
    expect(rig.events).toEqual([5194]);
    expect(rig.monitor.report().evidence).toEqual([expect.stringContaining('nobody could be asked: no right')]);
    rig.cannotAsk = false;
    rig.answer = undefined;
    await rig.clock.advance(5000);
    rig.cannotAsk = true;
    await rig.clock.advance(5000);
    expect(rig.events).toEqual([5194, 5194]);
  });

  test('leaves its time out of the total time', async () => {
    const rig = new Rig({ intervalMs: 1000, condition: total(10_000) });
    await rig.clock.advance(500);
    rig.die();
    await rig.clock.advance(4000);
    rig.cannotAsk = true;
    await rig.clock.advance(60_000);
    rig.cannotAsk = false;
    await rig.clock.advance(4000);
    expect(rig.failedOverMs).toBeUndefined();
    await rig.clock.advance(6000);
    expect(rig.monitor.report().state).toBe('Failed Over');
  });
});

test('with an interval of 0 a source that answers at once leaves the event loop its turn', async () => {
  const rig = new Rig({ intervalMs: 0 });
  await rig.clock.advance(1000);
  expect(rig.probesMs.length).toBeGreaterThan(900);
  expect(rig.probesMs.length).toBeLessThan(1100);
  expect(rig.monitor.report().state).toBe('Monitoring');
});

test('a stop ends the check that is under way', async () => {
  const rig = new Rig({ intervalMs: 1000 }, 5000);
  await rig.clock.advance(100);
  await rig.monitor.stop();
  expect([rig.monitor.report().state, rig.clock.monotonicMs()]).toEqual(['Stopped', 100]);
});

test('a job that was taken over by hand is watched no more', async () => {
  const rig = new Rig({ waitForUser: true, intervalMs: 1000, condition: failures(3) });
  rig.die();
  await rig.clock.advance(5000);
  rig.isTakenOver = true;
  await rig.clock.advance(1000);
  expect(rig.monitor.report().state).toBe('Failed Over');
  const asked = rig.probesMs.length;
  await rig.clock.advance(60_000);
  expect(rig.probesMs).toHaveLength(asked);
  expect(rig.clock.nextTimerMs()).toBeUndefined();
});

describe('a monitor whose own process stood still', () => {
  const conditions = [
    ['a total time', total(10_000)],
    ['failures', failures(1)],
  ] as const;

  test.each(conditions)('in the middle of a probe takes nothing over, with %s', async (_what, condition) => {
    const rig = new Rig({ intervalMs: 2000, condition }, 500);
    await rig.clock.advance(2600);
    // The probe that is out fails: its answer came while nobody read it.
    rig.die();
    await rig.clock.advance(100);
    await rig.own.stopFor(15_000);
    rig.answer = undefined;
    await rig.clock.advance(60_000);
    expect(rig.failedOverMs).toBeUndefined();
    expect(rig.monitor.report()).toMatchObject({ state: 'Monitoring', consecutiveFailures: 0 });
    expect(rig.monitor.report().evidence.join('\n')).toMatch(/stood still for 1\d\.\d seconds, which do not count/);
    expect(rig.events).toEqual([5190]);
  });

  test.each(conditions)('between two probes takes nothing over, with %s', async (_what, condition) => {
    const rig = new Rig({ intervalMs: 8000, condition });
    await rig.clock.advance(1000);
    await rig.own.stopFor(3_600_000);
    await rig.clock.advance(60_000);
    expect(rig.failedOverMs).toBeUndefined();
    expect(rig.monitor.report().state).toBe('Monitoring');
  });

  test('a source that is gone is taken over all the same, after a probe that had its full time', async () => {
    const rig = new Rig({ intervalMs: 1000, condition: total(10_000) }, 5000);
    await rig.clock.advance(5000);
    rig.die();
    // Nine of the ten seconds have passed when the process is stopped.
    await rig.clock.advance(9000);
    const stoppedMs = rig.clock.monotonicMs();
    await rig.own.stopFor(15_000);
    await rig.clock.advance(4000);
    expect(rig.failedOverMs).toBeUndefined();
    await rig.clock.advance(10_000);
    const last = rig.probesMs.at(-1) ?? 0;
    expect(last).toBeGreaterThanOrEqual(stoppedMs + 15_000);
    expect(rig.failedOverMs).toBe(last + 5000);
  });

  test('failures from before it count, but the last one comes after it', async () => {
    const rig = new Rig({ intervalMs: 1000, condition: failures(3) }, 500);
    rig.die();
    await rig.clock.advance(2500);
    expect(rig.monitor.report().consecutiveFailures).toBe(1);
    await rig.clock.advance(400);
    await rig.own.stopFor(10_000);
    await rig.clock.advance(400);
    expect(rig.failedOverMs).toBeUndefined();
    await rig.clock.advance(5000);
    expect(rig.monitor.report().state).toBe('Failed Over');
  });

  test('stops again and again are told once a minute', async () => {
    const rig = new Rig({ intervalMs: 1000 });
    for (let round = 0; round < 20; round += 1) {
      await rig.own.stopFor(5000);
      await rig.clock.advance(1000);
    }
    expect(rig.events).toEqual([5190, 5190]);
    expect(rig.failedOverMs).toBeUndefined();
  });

  test('a machine that slept asks once more, though the clock of the process stood still', async () => {
    const rig = new Rig({ intervalMs: 1000, condition: failures(1) }, 500);
    await rig.clock.advance(100);
    rig.die();
    await rig.clock.advance(1800);
    rig.own.sleep(3_600_000);
    await rig.clock.advance(300);
    expect([rig.failedOverMs, rig.events]).toEqual([undefined, [5190]]);
    await rig.clock.advance(500);
    expect(rig.monitor.report().state).toBe('Failed Over');
  });

  test('setting the wall clock is no gap', async () => {
    const rig = new Rig({ intervalMs: 7000, condition: total(60_000) });
    rig.die();
    await rig.clock.advance(30_000);
    rig.clock.setWall(rig.clock.wallMs() + 86_400_000);
    await rig.clock.advance(29_999);
    expect([rig.failedOverMs, rig.events]).toEqual([undefined, []]);
    await rig.clock.advance(1);
    expect(rig.failedOverMs).toBe(60_000);
  });
});

test('stopped, it asks no more; started twice, it watches once', async () => {
  const rig = new Rig({ intervalMs: 1000 });
  rig.monitor.start();
  await rig.clock.advance(500);
  expect(rig.probesMs).toHaveLength(1);
  await rig.monitor.stop();
  rig.die();
  await rig.clock.advance(600_000);
  expect(rig.probesMs).toHaveLength(1);
  expect(rig.monitor.report().state).toBe('Stopped');
});

test('a failover that fails says so, with the evidence of the last hundred troubles', async () => {
  const rig = new Rig({ intervalMs: 1000, condition: failures(150) });
  rig.refuseFailover = true;
  rig.die();
  await rig.clock.advance(150_000);
  const { state, evidence } = rig.monitor.report();
  expect(state).toBe('Failover Failed');
  expect(evidence).toHaveLength(100);
  expect(evidence.at(-1)).toContain('no room');
  expect(evidence.at(0)).toMatch(/^2026-01-01T00:00:\d\d\.000Z no answer$/);
});
