// Handles the notices that the target sends to its source.
import { asFailure } from '../../../base/failure.ts';
import { displayPath, isRawPath } from '../../../base/raw-path.ts';
import type { Notice } from '../../../wire/control-messages.ts';
import type { SourceLink } from '../../link/source-link.ts';
import type { TargetSide } from '../../link/target-side.ts';
import type { JobChanges } from '../job-changes.ts';
import type { SourceMirrors } from '../mirrors/source-mirrors.ts';
import type { ProtectedRoots } from '../roots/protected-roots.ts';
import type { SourceJobParts } from '../source-job-parts.ts';
import { ResendDelays } from '../stream/resend-delays.ts';
import type { SourceCapture } from '../stream/source-capture.ts';
import type { SourceStream } from '../stream/source-stream.ts';
import type { SourceEnd } from './source-end.ts';
import type { SourceTasks } from './source-tasks.ts';

/** The part of the job that the notices use. */
interface NotifiedJob {
  readonly changes: JobChanges;
  readonly roots: ProtectedRoots;
  readonly capture: SourceCapture;
  readonly stream: SourceStream;
  readonly mirrors: SourceMirrors;
  readonly target: TargetSide;
  readonly tasks: SourceTasks;
  readonly end: SourceEnd;
}

export class TargetNotices {
  readonly #parts: SourceJobParts;
  readonly #job: NotifiedJob;
  readonly #resends: ResendDelays;

  constructor(parts: SourceJobParts, job: NotifiedJob) {
    this.#parts = parts;
    this.#job = job;
    this.#resends = new ResendDelays(parts.clock);
  }

  /** `link` is the link over which the notice came. */
  take(notice: Notice, link: SourceLink): void {
    const { tasks, target, end, changes } = this.#job;
    const { jobId } = this.#parts.specification;
    switch (notice.type) {
      case 'task':
        void tasks.takeReport(notice.report);
        break;
      case 'tasks-told':
        void tasks.cancelOld();
        break;
      case 'mismatch':
        this.#takeMismatch(notice.root, notice.path, notice.reason);
        link.notify({ type: 'mismatch-taken', root: notice.root, path: notice.path });
        break;
      case 'state':
        this.#takeState(notice);
        break;
      case 'finish':
        end.finish().catch((thrown) => {
          target.trouble = asFailure(thrown, 'finish', jobId).message;
        });
        break;
      case 'fenced':
        end.fence(notice.epoch);
        break;
      case 'verify-asked':
        void this.#parts
          .verifyForTask(tasks.placeMs(notice.taskId))
          .catch((thrown) => ({ good: false, text: asFailure(thrown, 'verify', jobId).message }))
          .then((result) => link.notify({ type: 'verify-done', taskId: notice.taskId, ...result }));
        break;
      case 'paused':
      case 'resumed':
        target.held = notice.type === 'paused' ? notice.reason : '';
    }
    changes.tell();
  }

  #takeState(notice: Extract<Notice, { type: 'state' }>): void {
    const { mirrors, target } = this.#job;
    target.dataState = notice.state;
    mirrors.setTold(notice);
    if (notice.state === 'Mirror Required' && !mirrors.isActive && !mirrors.waitsForPerson)
      mirrors.wantAgain('the target asks for it');
  }

  #takeMismatch(root: number, path: string, reason: string): void {
    const { roots, capture, stream, mirrors } = this.#job;
    if (!isRawPath(path) || root >= roots.trees.length) return;
    this.#parts.emit(5032, { path: displayPath(path), reason });
    // When capture delivers every operation, sending the object again cannot help: the replica itself is wrong, and
    // needs a mirror.
    if (capture.isExact) mirrors.wantAgain(`the replica of ${displayPath(path)} was not as expected`);
    else stream.tracker.suspect(root, path, this.#resends.next(root, path));
  }
}
