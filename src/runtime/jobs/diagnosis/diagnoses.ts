// The throughput diagnoses among the jobs of a source, each with its figures (diagnosis.ts).
import { asFailure, Failure } from '../../../base/failure.ts';
import { sameServerName } from '../../../base/given-names.ts';
import type { SourceJobParts } from '../../../engine/job/source-job-parts.ts';
import type { JobSpecification, NewJob } from '../../../model/job.ts';
import type { JobReport } from '../../../model/report.ts';
import type { FileTree } from '../../../ports/files.ts';
import type { ServerParts } from '../server-parts.ts';
import { Diagnosis, diagnosisTarget } from './diagnosis.ts';

export class Diagnoses {
  readonly #parts: ServerParts;
  readonly #logs: FileTree;
  readonly #report: (jobId: string) => JobReport | undefined;
  readonly #open = new Map<string, Diagnosis>();

  constructor(parts: ServerParts, logs: FileTree, report: (jobId: string) => JobReport | undefined) {
    this.#parts = parts;
    this.#logs = logs;
    this.#report = report;
  }

  /** Rejects with `DIAGNOSIS-FILE`. */
  async begin(jobId: string, file: string): Promise<void> {
    const { clock, files, log } = this.#parts;
    const trouble = ({ message }: Failure): void => log.write('warning', message, { jobId });
    const report = (): JobReport | undefined => this.#report(jobId);
    this.#open.set(jobId, await Diagnosis.open({ clock, files, logs: this.#logs, report, trouble }, file));
  }

  /** After a restart: a file that cannot be written any more gives way to one among the logs. */
  async resume(jobId: string, { diagnosis: file }: JobSpecification): Promise<void> {
    if (file === undefined) return;
    try {
      await this.begin(jobId, file);
    } catch (thrown) {
      this.#parts.log.write('warning', asFailure(thrown, 'go on with a diagnosis', file).message, { jobId });
      await this.begin(jobId, `${jobId}.csv`);
    }
  }

  /** What the job sends goes there, when it is a diagnosis. */
  networkOf(jobId: string): SourceJobParts['network'] | undefined {
    return this.#open.get(jobId)?.network;
  }

  partOf(jobId: string): Pick<SourceJobParts, 'diagnosis'> {
    const diagnosis = this.#open.get(jobId);
    return diagnosis === undefined ? {} : { diagnosis: (report) => diagnosis.found(report) };
  }

  has(jobId: string): boolean {
    return this.#open.has(jobId);
  }

  /** Before its job ends. Does nothing for a job that is no diagnosis. */
  async end(jobId: string): Promise<void> {
    const diagnosis = this.#open.get(jobId);
    this.#open.delete(jobId);
    await diagnosis?.end();
  }

  async endAll(): Promise<void> {
    for (const jobId of [...this.#open.keys()]) await this.end(jobId);
  }
}

/** Throws `DIAGNOSIS-FILE` for a file that a peer may not name; a job is a diagnosis when its target is called so. */
export function checkDiagnosis({ diagnosis, targetServer }: NewJob, forPeer: string | undefined): void {
  if (diagnosis === undefined) return;
  const isNamed = sameServerName(targetServer, diagnosisTarget);
  if (isNamed && (forPeer === undefined || !diagnosis.includes('/'))) return;
  throw new Failure({
    code: 'DIAGNOSIS-FILE',
    operation: 'begin a diagnosis',
    subject: diagnosis,
    reason: isNamed
      ? 'a peer may not say where on this server a file is written'
      : `its target is not ${diagnosisTarget}`,
    hint: 'give a name alone: the file lies among the logs of the source',
  });
}
