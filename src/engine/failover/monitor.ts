// Watches a source from its target and fails over when it is gone (guide, ch. 3, Failover Monitor).
//
// States: `Stopped`; `Monitoring`, probes go out, each after the interval has passed since the answer to the last;
// `Failover Condition Met`, the source counts as failed and a person decides; `Failing Over`; `Failed Over`;
// `Failover Failed`. With a total time, the source counts as failed exactly when that time has passed since the last success;
// with consecutive failures, after that many in a row.
import { type Clock, pause, sleep } from '../../base/clock.ts';
import { asFailure } from '../../base/failure.ts';
import type { EventId } from '../../model/event-catalogue.ts';
import type { MonitorReport, MonitorSpecification } from '../../model/report.ts';

export interface MonitorParts {
  readonly specification: MonitorSpecification;
  readonly source: string;
  readonly clock: Clock;
  /** Resolves with undefined when the source answered, otherwise with why not. Never rejects; bounded in time. */
  readonly probe: () => Promise<string | undefined>;
  readonly failOver: () => Promise<void>;
  readonly emit: (id: EventId, parameters: Readonly<Record<string, string>>) => void;
}

const evidenceMax = 100;

export class FailoverMonitor {
  readonly #parts: MonitorParts;
  #state: MonitorReport['state'] = 'Stopped';
  #stop: AbortController | undefined;
  #running: Promise<void> = Promise.resolve();
  #lastSuccessMs: number | null = null;
  #failures = 0;
  #evidence: string[] = [];

  constructor(parts: MonitorParts) {
    this.#parts = parts;
  }

  get specification(): MonitorSpecification {
    return this.#parts.specification;
  }

  /** Does nothing when it is running already. */
  start(): void {
    if (this.#stop !== undefined) return;
    const stop = new AbortController();
    this.#stop = stop;
    this.#state = 'Monitoring';
    this.#failures = 0;
    this.#running = this.#watch(stop.signal);
  }

  /** Resolves when no probe is on its way any more. A failover that has begun goes on. */
  async stop(): Promise<void> {
    this.#stop?.abort();
    this.#stop = undefined;
    if (this.#state === 'Failing Over') return;
    await this.#running;
    if (this.#state === 'Monitoring' || this.#state === 'Failover Condition Met') this.#state = 'Stopped';
  }

  report(): MonitorReport {
    return {
      specification: this.#parts.specification,
      state: this.#state,
      lastSuccessMs: this.#lastSuccessMs,
      consecutiveFailures: this.#failures,
      evidence: [...this.#evidence],
    };
  }

  async #watch(signal: AbortSignal): Promise<void> {
    const { clock, specification } = this.#parts;
    let answeredMs = clock.monotonicMs();
    while (!signal.aborted) {
      const trouble = await this.#probe(answeredMs);
      if (signal.aborted) return;
      if (trouble === undefined) {
        answeredMs = clock.monotonicMs();
        this.#lastSuccessMs = clock.wallMs();
        this.#failures = 0;
      } else {
        this.#failures += 1;
        this.#note(trouble);
      }
      const silentMs = clock.monotonicMs() - answeredMs;
      if (this.#hasFailed(silentMs)) {
        await this.#act(trouble ?? 'no answer', silentMs);
        return;
      }
      await sleep(clock, this.#pauseMs(specification, silentMs), signal);
    }
  }

  /** With a total time no answer is awaited beyond its end: it is precise, however long a probe takes. */
  async #probe(answeredMs: number): Promise<string | undefined> {
    const { clock, probe, specification } = this.#parts;
    const { condition } = specification;
    if (condition.type !== 'total-time') return probe();
    const end = pause(clock, answeredMs + condition.totalMs - clock.monotonicMs());
    const trouble = await Promise.race([probe(), end.done.then(() => 'no answer before the total time was over')]);
    end.end();
    return trouble;
  }

  #hasFailed(silentMs: number): boolean {
    const { condition } = this.#parts.specification;
    return condition.type === 'total-time' ? silentMs >= condition.totalMs : this.#failures >= condition.count;
  }

  /** The interval, but never past the moment at which the total time is over. */
  #pauseMs({ condition, intervalMs }: MonitorSpecification, silentMs: number): number {
    return condition.type === 'total-time' ? Math.min(intervalMs, condition.totalMs - silentMs) : intervalMs;
  }

  async #act(trouble: string, silentMs: number): Promise<void> {
    const { emit, source, specification } = this.#parts;
    this.#state = 'Failover Condition Met';
    const reason = `${trouble}; no answer for ${(silentMs / 1000).toFixed(1)} seconds, ${this.#failures} failures in a row`;
    emit(5070, { source, reason });
    if (specification.waitForUser) return;
    this.#state = 'Failing Over';
    try {
      await this.#parts.failOver();
      this.#state = 'Failed Over';
    } catch (thrown) {
      this.#state = 'Failover Failed';
      this.#note(asFailure(thrown, 'fail over', source).message);
    }
  }

  #note(text: string): void {
    const time = new Date(this.#parts.clock.wallMs()).toISOString();
    this.#evidence.push(`${time} ${text}`);
    if (this.#evidence.length > evidenceMax) this.#evidence.shift();
  }
}
