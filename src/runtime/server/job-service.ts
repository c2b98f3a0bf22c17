// The calls on the connections of a server: make, end, report, wait, verify, fail over.
import { Failure } from '../../base/failure.ts';
import { type Clock, pause, sleep } from '../../base/waiting/clock.ts';
import type { Signal } from '../../base/waiting/signal.ts';
import type { NewJob } from '../../model/job.ts';
import type { EditReport, JobEdit } from '../../model/options/job-edit.ts';
import type {
  FailoverOptions,
  FailoverReport,
  JobReport,
  UndoReport,
  VerifyMode,
  VerifyReport,
} from '../../model/report.ts';
import type { Service } from '../contract/server.ts';
import type { JobEdits } from '../jobs/job-edits.ts';
import type { Monitors } from '../jobs/monitors.ts';
import { lowestFree, type SourceJobs } from '../jobs/source-jobs.ts';
import type { TargetJobs } from '../jobs/target-jobs.ts';
import type { Witness } from '../jobs/witness/witness.ts';
import type { HeldJobs } from './held-jobs.ts';

/** Changes of a job within this time are reported together. */
const togetherMs = 20;

export interface JobServiceParts {
  readonly clock: Clock;
  readonly sources: SourceJobs;
  readonly targets: TargetJobs;
  readonly held: HeldJobs;
  readonly witness: Witness | undefined;
  readonly monitors: Pick<Monitors, 'stopFor'>;
  /** The numbers of the connections on this server. */
  readonly numbers: () => readonly number[];
  /** Notified when the report of a job has changed. */
  readonly changed: Signal;
}

export class JobService implements Service<'jobs'> {
  readonly #parts: JobServiceParts;
  #stopping = false;

  constructor(parts: JobServiceParts) {
    this.#parts = parts;
  }

  async list(): Promise<readonly JobReport[]> {
    return this.#parts.held.reports();
  }

  async report(jobId: string): Promise<JobReport> {
    return this.#parts.held.report(jobId);
  }

  async wait(jobId: string, revision: number, timeoutMs: number): Promise<JobReport> {
    const { clock, changed, held } = this.#parts;
    const wait = pause(clock, timeoutMs);
    let over = false;
    void wait.done.then(() => {
      over = true;
      changed.notify();
    });
    try {
      await changed.until(() => over || this.#stopping || held.report(jobId).revision > revision);
      // A busy job changes all the time: a caller that waits in a loop should get several changes with each answer.
      if (!over && !this.#stopping) await Promise.race([wait.done, sleep(clock, togetherMs)]);
    } finally {
      wait.end();
    }
    return this.report(jobId);
  }

  /** `forPeer` is the peer at whose request the job is made. */
  async connect(specification: NewJob, forPeer?: string): Promise<JobReport> {
    const { sources, numbers } = this.#parts;
    const job = await sources.connect(specification, () => lowestFree(numbers()), forPeer);
    return job.report();
  }

  async disconnect(jobId: string): Promise<void> {
    const { held, sources, targets } = this.#parts;
    held.report(jobId);
    if (sources.has(jobId)) await sources.disconnect(jobId);
    else await targets.forget(jobId);
  }

  async edit(jobId: string, edit: JobEdit): Promise<EditReport> {
    return this.#edits(jobId).edit(jobId, edit);
  }

  async examineEdit(jobId: string, edit: JobEdit): Promise<EditReport> {
    return this.#edits(jobId).examine(jobId, edit);
  }

  /** Throws `WRONG-SIDE` on the target, which says where to EDIT. */
  #edits(jobId: string): JobEdits {
    const { held, sources } = this.#parts;
    if (!sources.has(jobId)) {
      const { name, source } = held.report(jobId);
      throw new Failure({
        code: 'WRONG-SIDE',
        operation: 'edit',
        subject: name,
        reason: `its options are kept by its source, ${source}`,
        hint: `SOURCE ${source}, then EDIT it; or EDIT it at the prompt of ${source}.`,
      });
    }
    return sources.edits;
  }

  async verify(jobId: string, mode: VerifyMode): Promise<VerifyReport> {
    const { held, sources } = this.#parts;
    held.replicating(jobId, 'verify');
    return sources.verify(jobId, mode);
  }

  async failover(jobId: string, options: FailoverOptions): Promise<FailoverReport> {
    const { held, witness } = this.#parts;
    const job = held.target(jobId);
    if (witness === undefined) return job.failover(options);
    // A source that is linked hears of the takeover over its link, and a person has decided.
    const claim = { inPlace: job.isLinked, force: options.force === true };
    return witness.takeOver(job, claim, () => job.failover(options));
  }

  async undoFailover(jobId: string): Promise<UndoReport> {
    const { held, targets, monitors, witness } = this.#parts;
    held.target(jobId);
    const report = await targets.undoFailover(jobId, () => monitors.stopFor(jobId));
    witness?.undone(jobId);
    return report;
  }

  /** Answers all waiting calls now. */
  stopWaits(): void {
    this.#stopping = true;
    this.#parts.changed.notify();
  }
}
