// Watches a source from its target, and fails over when the source is gone (guide, ch. 3, Failover Monitor).
//
// States
//   Stopped                  no probes
//   Monitoring               probes go out; each starts when the interval has passed since the answer to the last
//   Failover Condition Met   the source counts as failed, and a person decides; probes go on, and an answer leads back
//                            to Monitoring
//   Failing Over             the takeover runs
//   Failed Over              this monitor, or somebody before it, has taken the job over
//   Failover Failed          the takeover failed
// With a total time, the source counts as failed exactly when that time has passed since the last success; with
// consecutive failures, after that many in a row.
//
// Only time in which this process ran counts (running-time.ts). When the process stood still during a probe, a failure
// of that probe does not count, and one more probe must get its full time and fail before the source counts as failed.
import { asFailure } from '../../base/failure.ts';
import { type Clock, sleep } from '../../base/waiting/clock.ts';
import type { EventId } from '../../model/event-catalogue.ts';
import type { MonitorReport, MonitorSpecification } from '../../model/report.ts';
import { lookEveryMs, pauseWhileRunning, RunningTime } from '../running-time.ts';

/** The source that is watched, and the job that takes over when it is gone. */
export interface WatchedSource {
  /** The name of the source's server. */
  readonly name: string;
  /**
   * Resolves with undefined when the source answered, otherwise with the reason. Never rejects; takes a limited time.
   */
  probe(): Promise<string | undefined>;
  failOver(): Promise<void>;
  /** The job has been taken over, so there is nothing left to decide. */
  isTakenOver(): boolean;
  tell(id: EventId, parameters: Readonly<Record<string, string>>): void;
}

const evidenceMax = 100;
/** The least time that a probe gets before the total time is over. */
const leastProbeMs = 1000;
/** The time between two events about a machine that stands still again and again. */
const gapEventsEveryMs = 60_000;

export class FailoverMonitor {
  readonly specification: MonitorSpecification;
  readonly #source: WatchedSource;
  readonly #clock: Clock;
  #state: MonitorReport['state'] = 'Stopped';
  #stop: AbortController | undefined;
  #running: Promise<void> = Promise.resolve();
  #lastSuccessMs: number | null = null;
  #failures = 0;
  #evidence: string[] = [];
  #gapToldMs = Number.NEGATIVE_INFINITY;

  constructor(specification: MonitorSpecification, source: WatchedSource, clock: Clock) {
    this.specification = specification;
    this.#source = source;
    this.#clock = clock;
  }

  /** Does nothing when the monitor runs already. */
  start(): void {
    if (this.#stop !== undefined) return;
    const stop = new AbortController();
    this.#stop = stop;
    this.#state = 'Monitoring';
    this.#failures = 0;
    this.#running = this.#watch(stop.signal);
  }

  /** Resolves when no probe is under way any more. A failover that has begun goes on. */
  async stop(): Promise<void> {
    this.#stop?.abort();
    this.#stop = undefined;
    if (this.#state === 'Failing Over') return;
    await this.#running;
    if (this.#state === 'Monitoring' || this.#state === 'Failover Condition Met') this.#state = 'Stopped';
  }

  report(): MonitorReport {
    return {
      specification: this.specification,
      state: this.#state,
      lastSuccessMs: this.#lastSuccessMs,
      consecutiveFailures: this.#failures,
      evidence: [...this.#evidence],
    };
  }

  async #watch(signal: AbortSignal): Promise<void> {
    const running = new RunningTime(this.#clock, lookEveryMs, (gapMs) => this.#noteGap(gapMs));
    const watching = new AbortController();
    running.keepLooking(AbortSignal.any([signal, watching.signal]));
    try {
      await this.#probeOn(running, signal);
    } finally {
      watching.abort();
    }
  }

  async #probeOn(running: RunningTime, signal: AbortSignal): Promise<void> {
    const { specification } = this;
    let answeredMs = running.ms;
    /** The number of gaps when the last probe that counts began. */
    let gapsBefore = running.gaps;
    while (!signal.aborted) {
      if (this.#source.isTakenOver()) {
        this.#state = 'Failed Over';
        return;
      }
      const gaps = running.gaps;
      const cuttable = gaps === gapsBefore && this.#state === 'Monitoring';
      const trouble = await this.#probe(cuttable ? running.ms - answeredMs : undefined);
      if (signal.aborted) return;
      if (trouble === undefined) {
        answeredMs = running.ms;
        gapsBefore = running.gaps;
        this.#answered();
      } else if (running.gaps > gaps) {
        this.#note(`${trouble}; this does not count: this server stood still meanwhile`);
        continue;
      } else {
        gapsBefore = gaps;
        this.#failures += 1;
        if (this.#state === 'Monitoring') this.#note(trouble);
      }
      const silentMs = running.ms - answeredMs;
      if (this.#state === 'Monitoring' && trouble !== undefined && this.#hasFailed(silentMs)) {
        this.#tellCondition(trouble, silentMs);
        if (!specification.waitForUser) return this.#act();
      }
      await sleep(this.#clock, this.#pauseMs(specification, silentMs), signal);
    }
  }

  #answered(): void {
    this.#lastSuccessMs = this.#clock.wallMs();
    this.#failures = 0;
    if (this.#state !== 'Failover Condition Met') return;
    this.#state = 'Monitoring';
    this.#note('the source answers again');
    this.#source.tell(5191, { source: this.#source.name, monitor: this.specification.name });
  }

  /**
   * A probe never waits beyond the end of a total time, so that this time is kept exactly. `silentMs` is the part of
   * the total time that has passed; without it the probe gets its full time.
   */
  async #probe(silentMs: number | undefined): Promise<string | undefined> {
    const { condition } = this.specification;
    if (condition.type !== 'total-time' || silentMs === undefined) return this.#source.probe();
    const end = pauseWhileRunning(this.#clock, condition.totalMs - silentMs);
    const trouble = await Promise.race([
      this.#source.probe(),
      end.done.then(() => 'no answer before the total time was over'),
    ]);
    end.end();
    return trouble;
  }

  #hasFailed(silentMs: number): boolean {
    const { condition } = this.specification;
    return condition.type === 'total-time' ? silentMs >= condition.totalMs : this.#failures >= condition.count;
  }

  /**
   * The interval, but at most half of the rest of a total time, so that the source has the other half to answer the
   * next probe: a living source must not count as gone because it was asked too late. The last second is waited out
   * whole.
   */
  #pauseMs({ condition, intervalMs }: MonitorSpecification, silentMs: number): number {
    if (condition.type !== 'total-time' || this.#state !== 'Monitoring') return intervalMs;
    const leftMs = condition.totalMs - silentMs;
    const isLast = leftMs / 2 < Math.min(leastProbeMs, condition.totalMs / 4);
    return Math.min(intervalMs, isLast ? leftMs : leftMs / 2);
  }

  #tellCondition(trouble: string, silentMs: number): void {
    this.#state = 'Failover Condition Met';
    const reason = `${trouble}; no answer for ${(silentMs / 1000).toFixed(1)} seconds, ${this.#failures} failures in a row`;
    this.#source.tell(5070, { source: this.#source.name, reason });
  }

  async #act(): Promise<void> {
    this.#state = 'Failing Over';
    try {
      await this.#source.failOver();
      this.#state = 'Failed Over';
    } catch (thrown) {
      this.#state = 'Failover Failed';
      this.#note(asFailure(thrown, 'fail over', this.#source.name).message);
    }
  }

  #noteGap(gapMs: number): void {
    const seconds = (gapMs / 1000).toFixed(1);
    this.#note(`this server stood still for ${seconds} seconds, which do not count`);
    if (this.#clock.monotonicMs() - this.#gapToldMs < gapEventsEveryMs) return;
    this.#gapToldMs = this.#clock.monotonicMs();
    this.#source.tell(5190, { source: this.#source.name, seconds });
  }

  #note(text: string): void {
    const time = new Date(this.#clock.wallMs()).toISOString();
    this.#evidence.push(`${time} ${text}`);
    if (this.#evidence.length > evidenceMax) this.#evidence.shift();
  }
}
