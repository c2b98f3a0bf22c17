// Watches a source from its target, and fails over when the source is gone (guide, ch. 3, Failover Monitor).
//
// States
//   Stopped                  no probes
//   Monitoring               probes go out; each starts when the interval has passed since the answer to the last
//   Failover Condition Met   the source counts as failed, and a person decides; probes go on, and an answer leads back
//                            to Monitoring, as Dismiss does; Implement begins the takeover. Or the witness does not let this
//                            server take over yet: then it is asked again after each check that fails
//   Failing Over             the takeover runs
//   Failed Over              this monitor, or somebody before it, has taken the job over
//   Failover Failed          the takeover failed; one that a person began leads back to Failover Condition Met instead
// With a total time, the source counts as failed exactly when that time has passed since the last success; with
// consecutive failures, after that many in a row. A check in which nobody could be asked is neither: the time that it took
// is left out, and an event says that this monitor is blind.
//
// Only time in which this process ran counts (running-time.ts). When the process stood still during a probe, a failure
// of that probe does not count, and one more probe must get its full time and fail before the source counts as failed.
import { asFailure, Failure } from '../../base/failure.ts';
import { type Clock, pause } from '../../base/waiting/clock.ts';
import type { EventId } from '../../model/event-catalogue.ts';
import type { MonitorReport, MonitorSpecification } from '../../model/report.ts';
import { lookEveryMs, pauseWhileRunning, RunningTime } from '../running-time.ts';
import { type CheckResult, gone } from './source-check.ts';

/** The source that is watched, and the job that takes over when it is gone. */
export interface WatchedSource {
  /** The name of the source's server. */
  readonly name: string;
  /** Never rejects; takes a limited time, and ends at once when the signal is aborted. */
  check(signal: AbortSignal): Promise<CheckResult>;
  failOver(): Promise<void>;
  /** The job has been taken over, so there is nothing left to decide. */
  isTakenOver(): boolean;
  tell(id: EventId, parameters: Readonly<Record<string, string>>): void;
}

const evidenceMax = 100;
/** The least time that a probe gets before the total time is over. */
const leastProbeMs = 1000;
/** With an interval of 0, a check that takes less than this is followed by a pause of this, or it would take all the time there is. */
const leastRoundMs = 1;
/** The time between two events about a machine that stands still again and again. */
const gapEventsEveryMs = 60_000;

/** Failures of a takeover that has not begun, because the witness does not give the job to this server (ports/lease.ts). */
const witnessCodes: ReadonlySet<string> = new Set(['WITNESS-HELD', 'WITNESS-UNREACHABLE', 'WITNESS-REFUSED']);

export class FailoverMonitor {
  readonly specification: MonitorSpecification;
  readonly #source: WatchedSource;
  readonly #clock: Clock;
  #isBlocked = false;
  #state: MonitorReport['state'] = 'Stopped';
  #stop: AbortController | undefined;
  #running: Promise<void> = Promise.resolve();
  #lastSuccessMs: number | null = null;
  #failures = 0;
  #evidence: string[] = [];
  #gapToldMs = Number.NEGATIVE_INFINITY;
  #isBlind = false;
  /** Lets the total time and the failures begin anew, and checks at once. */
  #beginAnew: () => void = () => undefined;

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

  /** A person answers the notice: take over. Rejects with MONITOR-NOT-PENDING, or as the failover does. */
  async implement(): Promise<void> {
    this.#checkPending('implement the failover of');
    const failure = await this.#act();
    if (failure !== undefined) throw failure;
  }

  /** A person answers the notice: do not take over. A source that stays silent leads to a new notice. */
  dismiss(): void {
    this.#checkPending('dismiss the failover of');
    this.#state = 'Monitoring';
    this.#failures = 0;
    this.#note('a person dismissed the failover');
    this.#source.tell(5193, { source: this.#source.name, monitor: this.specification.name });
    this.#beginAnew();
  }

  #checkPending(operation: string): void {
    if (this.#state === 'Failover Condition Met' && this.specification.waitForUser) return;
    throw new Failure({
      code: 'MONITOR-NOT-PENDING',
      operation,
      subject: `monitor ${this.specification.name}`,
      reason: `no failover waits for an answer: its state is '${this.#state}'`,
      hint: 'FAILOVER takes over by hand at any time.',
    });
  }

  /** Stops it, and forgets a failover that was undone. */
  async reset(): Promise<void> {
    await this.stop();
    if (this.#state === 'Failed Over') this.#state = 'Stopped';
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
    let answeredMs = running.ms;
    /** The number of gaps when the last probe that counts began. */
    let gapsBefore = running.gaps;
    const rest = new Rest(this.#clock, signal);
    let dismissals = 0;
    this.#beginAnew = () => {
      answeredMs = running.ms;
      dismissals += 1;
      rest.end();
    };
    while (!signal.aborted) {
      if (this.#source.isTakenOver() && this.#state !== 'Failing Over') {
        this.#state = 'Failed Over';
        return;
      }
      const [gaps, beganMs, before] = [running.gaps, running.ms, dismissals];
      const cuttable = gaps === gapsBefore && this.#state === 'Monitoring';
      const result = await this.#check(cuttable ? beganMs - answeredMs : undefined, signal);
      if (signal.aborted) return;
      // A person dismissed meanwhile: this check belongs to the silence of before.
      if (dismissals !== before) continue;
      if (result.says === 'nothing') {
        answeredMs += running.ms - beganMs;
        this.#couldNotAsk(result.reason);
      } else if (result.says === 'there') {
        answeredMs = running.ms;
        gapsBefore = running.gaps;
        this.#answered();
      } else if (running.gaps > gaps) {
        this.#note(`${result.reason}; this does not count: this server stood still meanwhile`);
        continue;
      } else {
        gapsBefore = gaps;
        this.#failed(result.reason);
      }
      const silentMs = running.ms - answeredMs;
      if (this.#state === 'Monitoring' && result.says === 'gone' && this.#hasFailed(silentMs))
        this.#tellCondition(result.reason, silentMs);
      if (this.#state === 'Failover Condition Met' && result.says === 'gone' && !this.specification.waitForUser) {
        await this.#act();
        if (!this.#isBlocked) return;
      }
      const restMs = this.#restMs(silentMs, running.ms - beganMs);
      await rest.take(restMs);
      // Also the rest before the next attempt is time in which nobody was asked.
      if (result.says === 'nothing') answeredMs = Math.min(running.ms, answeredMs + restMs);
    }
  }

  #answered(): void {
    this.#lastSuccessMs = this.#clock.wallMs();
    this.#failures = 0;
    this.#isBlind = false;
    this.#isBlocked = false;
    if (this.#state !== 'Failover Condition Met') return;
    this.#state = 'Monitoring';
    this.#note('the source answers again');
    this.#source.tell(5191, { source: this.#source.name, monitor: this.specification.name });
  }

  #failed(reason: string): void {
    this.#failures += 1;
    this.#isBlind = false;
    if (this.#state === 'Monitoring') this.#note(reason);
  }

  #couldNotAsk(reason: string): void {
    if (this.#isBlind) return;
    this.#isBlind = true;
    this.#note(`nobody could be asked: ${reason}`);
    const { name: monitor } = this.specification;
    this.#source.tell(5194, { source: this.#source.name, monitor, reason });
  }

  /**
   * A check never waits beyond the end of a total time, so that this time is kept exactly. `silentMs` is the part of
   * the total time that has passed; without it the check gets its full time.
   */
  async #check(silentMs: number | undefined, signal: AbortSignal): Promise<CheckResult> {
    const { condition } = this.specification;
    if (condition.type !== 'total-time' || silentMs === undefined) return this.#source.check(signal);
    const over = new AbortController();
    const end = pauseWhileRunning(this.#clock, condition.totalMs - silentMs);
    const result = await Promise.race([
      this.#source.check(AbortSignal.any([signal, over.signal])),
      end.done.then(() => gone('no answer before the total time was over')),
    ]);
    end.end();
    over.abort();
    return result;
  }

  #hasFailed(silentMs: number): boolean {
    const { condition } = this.specification;
    return condition.type === 'total-time' ? silentMs >= condition.totalMs : this.#failures >= condition.count;
  }

  /**
   * The interval, but at most half of the rest of a total time, so that the source has the other half to answer the
   * next check: a living source must not count as gone because it was asked too late. The last second is waited out
   * whole.
   */
  #restMs(silentMs: number, tookMs: number): number {
    const { condition, intervalMs } = this.specification;
    const leastMs = tookMs < leastRoundMs ? leastRoundMs : 0;
    if (condition.type !== 'total-time' || this.#state !== 'Monitoring') return Math.max(intervalMs, leastMs);
    const leftMs = condition.totalMs - silentMs;
    const isLast = leftMs / 2 < Math.min(leastProbeMs, condition.totalMs / 4);
    return Math.max(Math.min(intervalMs, isLast ? leftMs : leftMs / 2), leastMs);
  }

  #tellCondition(trouble: string, silentMs: number): void {
    this.#state = 'Failover Condition Met';
    const reason = `${trouble}; no answer for ${(silentMs / 1000).toFixed(1)} seconds, ${this.#failures} failures in a row`;
    const source = this.#source.name;
    this.#source.tell(5070, { source, reason });
    if (this.specification.waitForUser) this.#source.tell(5192, { source, monitor: this.specification.name });
  }

  /** Returns the failure, if it failed. */
  async #act(): Promise<Failure | undefined> {
    this.#state = 'Failing Over';
    try {
      await this.#source.failOver();
      this.#state = 'Failed Over';
      this.#isBlocked = false;
      return undefined;
    } catch (thrown) {
      const failure = asFailure(thrown, 'fail over', this.#source.name);
      if (witnessCodes.has(failure.code) && !this.specification.waitForUser) {
        this.#state = this.#stop === undefined ? 'Stopped' : 'Failover Condition Met';
        this.#tellBlocked(failure);
        return failure;
      }
      this.#isBlocked = false;
      const goesOn = this.specification.waitForUser && this.#stop !== undefined && !this.#source.isTakenOver();
      this.#state = goesOn ? 'Failover Condition Met' : 'Failover Failed';
      this.#note(failure.message);
      return failure;
    }
  }

  #tellBlocked({ message, reason }: Failure): void {
    if (this.#isBlocked) return;
    this.#isBlocked = true;
    this.#note(message);
    this.#source.tell(5195, { source: this.#source.name, monitor: this.specification.name, reason });
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

/** The time between two checks, which may be ended early. */
class Rest {
  readonly #clock: Clock;
  #end: () => void = () => undefined;

  constructor(clock: Clock, signal: AbortSignal) {
    this.#clock = clock;
    signal.addEventListener('abort', () => this.#end(), { once: true });
  }

  async take(ms: number): Promise<void> {
    const wait = pause(this.#clock, ms);
    this.#end = wait.end;
    await wait.done;
  }

  end(): void {
    this.#end();
  }
}
