// How far the mirror of a job is: what it has looked at and sent, beside the size of the workload.
import type { MirrorStatus } from '../../../model/job.ts';
import type { JobReport, ProgressReport, WorkloadReport } from '../../../model/report.ts';
import type { MirrorMethod } from '../../../model/stream/marker.ts';
import type { FileTree } from '../../../ports/files.ts';
import type { MirrorProgress } from '../../mirror/mirror.ts';
import { workloadSize } from '../../mirror/workload-size.ts';
import { SentBytes } from '../stream/sent-bytes.ts';
import type { MirroredJob } from './mirrored-job.ts';

const noProgress: MirrorProgress = { doneBytes: 0, doneFiles: 0, sentBytes: 0, skippedBytes: 0, orphans: 0 };

export interface MirrorStage {
  readonly status: MirrorStatus;
  readonly method: MirrorMethod;
  /** How many mirrors of this job have completed on the target. */
  readonly completed: number;
  readonly isActive: boolean;
  /** A mirror is to begin; its size is not known then. */
  readonly isWanted: boolean;
  readonly isWalking: boolean;
  /** Bytes in the source's queue. */
  readonly queuedBytes: number;
}

export class MirrorFigures {
  readonly #job: Pick<MirroredJob, 'selection' | 'changes'>;
  readonly sent = new SentBytes();
  #progress = noProgress;
  #size: WorkloadReport | undefined;
  /** Whether the size of the workload is calculated at all. */
  readonly #calculatesSize: boolean;

  constructor(job: Pick<MirroredJob, 'selection' | 'changes'>, calculatesSize: boolean) {
    this.#job = job;
    this.#calculatesSize = calculatesSize;
  }

  take(progress: MirrorProgress): void {
    this.#progress = { ...progress };
  }

  /** What the workload holds, as the last mirror counted it. */
  get size(): Pick<ProgressReport, 'totalBytes' | 'totalFiles'> {
    return { totalBytes: this.#size?.bytes ?? null, totalFiles: this.#size?.files ?? null };
  }

  calculateSize(trees: readonly FileTree[], signal: AbortSignal): void {
    this.#size = undefined;
    if (!this.#calculatesSize) return;
    workloadSize(trees, this.#job.selection, signal).then(
      (size) => {
        this.#size = size;
        this.#job.changes.tell();
      },
      // The mirror itself reports places that cannot be listed; here only the percentage is missing.
      () => undefined,
    );
  }

  report(stage: MirrorStage): JobReport['mirror'] {
    const { doneBytes, doneFiles, skippedBytes } = this.#progress;
    // The size of the last mirror says nothing about the wanted one.
    const total = stage.isWanted ? null : (this.#size?.bytes ?? null);
    const finished = stage.completed > 0 && !stage.isActive;
    const percent = total === null ? null : Math.min(100, total === 0 ? 100 : Math.floor((100 * doneBytes) / total));
    const remaining = total === null ? null : Math.max(0, total - doneBytes);
    return {
      status: stage.status,
      method: stage.method,
      percent: finished ? 100 : percent,
      remainingBytes: finished ? 0 : remaining,
      skippedBytes,
      ...this.sent.mirrors,
      queuedBytes: stage.isActive ? stage.queuedBytes : 0,
      completed: stage.completed,
      ...(stage.isWalking && { progress: { doneBytes, doneFiles, ...this.size } }),
    };
  }
}
