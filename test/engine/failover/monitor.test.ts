// The two formulas of the guide (ch. 3, Failover Monitor; guide facts, section 13), on a clock turned by hand.
import { expect, test } from 'vitest';
import { sleep } from '../../../src/base/clock.ts';
import { FailoverMonitor } from '../../../src/engine/failover/monitor.ts';
import type { MonitorSpecification } from '../../../src/model/report.ts';
import { ManualClock } from '../../../src/simulator/manual-clock.ts';

class Rig {
  readonly clock = new ManualClock();
  readonly monitor: FailoverMonitor;
  readonly probesMs: number[] = [];
  readonly events: number[] = [];
  answer: string | undefined;
  readonly #responseMs: number;
  failedOverMs: number | undefined;
  refuseFailover = false;

  constructor(changes: Partial<MonitorSpecification>, responseMs = 0) {
    this.#responseMs = responseMs;
    this.monitor = new FailoverMonitor({
      specification: {
        name: 'watch',
        jobId: 'j',
        probe: { type: 'service' },
        intervalMs: 10_000,
        condition: { type: 'total-time', totalMs: 60_000 },
        waitForUser: false,
        failover: { type: 'live', queue: 'apply' },
        dns: [],
        ...changes,
      },
      source: 'alpha',
      clock: this.clock,
      probe: async () => {
        this.probesMs.push(this.clock.monotonicMs());
        const answer = this.answer;
        if (this.#responseMs > 0) await sleep(this.clock, this.#responseMs);
        return answer;
      },
      failOver: async () => {
        if (this.refuseFailover) throw new Error('no room');
        this.failedOverMs = this.clock.monotonicMs();
      },
      emit: (id) => void this.events.push(id),
    });
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
  expect(rig.monitor.report()).toMatchObject({ state: 'Failover Condition Met', consecutiveFailures: 3 });
  expect([rig.events, rig.failedOverMs]).toEqual([[5070], undefined]);
  await rig.monitor.stop();
  expect(rig.monitor.report().state).toBe('Stopped');
  rig.monitor.start();
  await rig.clock.advance(1500);
  expect(rig.monitor.report()).toMatchObject({ state: 'Monitoring', consecutiveFailures: 2 });
  await rig.clock.advance(1000);
  expect(rig.events).toEqual([5070, 5070]);
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
