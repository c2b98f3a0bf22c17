// How a target takes in what its source sends: into its queue, and while that is full the source is told to wait.
import type { Clock } from '../../../base/waiting/clock.ts';
import { Intake } from '../../link/intake.ts';
import type { TargetLink } from '../../link/target-link.ts';
import type { TargetQueue } from '../../queue/target-queue.ts';

export interface TargetIntakeParts {
  readonly queue: TargetQueue;
  readonly clock: Clock;
  /** Something new is in the queue. */
  readonly stored: () => void;
  readonly link: () => TargetLink | undefined;
}

export function targetIntake({ queue, clock, stored, link }: TargetIntakeParts): Intake {
  return new Intake({
    queue,
    clock,
    stored,
    full: (isFull) => {
      if (isFull) link()?.notify({ type: 'paused', reason: "the target's queue is full" });
      else link()?.notify({ type: 'resumed' });
    },
  });
}
