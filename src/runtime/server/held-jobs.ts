// The jobs of a server, whether it is their source or their target, as its services look them up.
import { Failure } from '../../base/failure.ts';
import { displayPath } from '../../base/raw-path.ts';
import type { SourceJob } from '../../engine/job/source/source-job.ts';
import type { TargetJob } from '../../engine/job/target/target-job.ts';
import { jobWaiting } from '../../engine/link/greeting.ts';
import type { JobReport } from '../../model/report.ts';
import { unknownJob } from '../jobs/job-failures.ts';
import type { SourceJobs } from '../jobs/source-jobs.ts';
import type { TargetJobs } from '../jobs/target-jobs.ts';
import type { Witness } from '../jobs/witness/witness.ts';

export class HeldJobs {
  readonly #server: string;
  readonly #sources: SourceJobs;
  readonly #targets: TargetJobs;
  readonly #witness: Witness | undefined;

  constructor(server: string, sources: SourceJobs, targets: TargetJobs, witness: Witness | undefined) {
    this.#server = server;
    this.#witness = witness;
    this.#sources = sources;
    this.#targets = targets;
  }

  reports(): readonly JobReport[] {
    const open = [...this.#sources.all(), ...this.#targets.all()].map((job) => job.report());
    return [...open, ...this.#waiting()].map((report) => this.#remarked(report));
  }

  /** Throws `JOB-UNKNOWN` when there is no such job. */
  report(jobId: string): JobReport {
    return this.#remarked(this.#waiting().find((one) => one.jobId === jobId) ?? this.find(jobId).report());
  }

  #remarked(report: JobReport): JobReport {
    return this.#witness?.remarked(report) ?? report;
  }

  /** Throws for a job that is not open. */
  find(jobId: string): SourceJob | TargetJob {
    const job = this.#sources.find(jobId) ?? this.#targets.find(jobId);
    if (job !== undefined) return job;
    const waiting = this.#waiting().find((one) => one.jobId === jobId);
    throw waiting === undefined ? unknownJob(jobId) : jobNotOpen(waiting);
  }

  /** Throws `WRONG-SIDE` when this server is the job's target. */
  source(jobId: string): SourceJob {
    const job = this.#sources.find(jobId);
    if (job !== undefined) return job;
    this.find(jobId);
    throw this.#wrongSide(jobId, 'source');
  }

  /** As `source`; throws `DIAGNOSIS-ONLY` for a throughput diagnosis, which has no replica. */
  replicating(jobId: string, operation: string): SourceJob {
    const job = this.source(jobId);
    const { name, diagnosis } = job.parts.specification;
    if (diagnosis === undefined) return job;
    throw new Failure({
      code: 'DIAGNOSIS-ONLY',
      operation,
      subject: name,
      reason: 'it is a throughput diagnosis, so there is no target and no replica',
      hint: 'CONNECT to a target for that; STATUS JOB shows what the diagnosis has found.',
    });
  }

  /** Throws `WRONG-SIDE` when this server is the job's source. */
  target(jobId: string): TargetJob {
    const job = this.#targets.find(jobId);
    if (job !== undefined) return job;
    this.find(jobId);
    throw this.#wrongSide(jobId, 'target');
  }

  /** The reports of the jobs that are not open. */
  #waiting(): readonly JobReport[] {
    return [...this.#sources.waiting(), ...this.#targets.waiting()];
  }

  #wrongSide(jobId: string, side: string): Failure {
    return new Failure({
      code: 'WRONG-SIDE',
      operation: 'use a connection',
      subject: jobId,
      reason: `${displayPath(this.#server)} is not its ${side}`,
      hint: `Name the ${side} of the connection with SOURCE or TARGET.`,
    });
  }
}

function jobNotOpen({ name, additional }: JobReport): Failure {
  return new Failure({
    code: jobWaiting,
    operation: 'use a connection',
    subject: name,
    reason: `it is not open: ${additional}`,
    hint: 'Mend that, or DISCONNECT it.',
  });
}
