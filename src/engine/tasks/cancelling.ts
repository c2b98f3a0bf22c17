// TASK CANCEL: the words and failures that both servers of a job share.
import { Failure } from '../../base/failure.ts';
import type { RunPoint, TaskReport } from '../../model/stream/task.ts';

/** The reason in the report of a point that was cancelled before it was reached. */
export const cancelledByHand = 'an operator cancelled it';
/** The same on the source, for a point of the target, until the target has answered: it may run there meanwhile. */
export const cancelledUntold = 'an operator cancelled it; the target has yet to answer';
export const endedByHand = 'an operator cancelled it while it ran';

/** Nothing of the task runs or will run at this point. */
export function hasEnded({ state }: Pick<TaskReport, 'state'>): boolean {
  return state !== 'queued' && state !== 'running' && state !== 'detached';
}

export function isAtTarget(point: RunPoint): point is 'onreceive' | 'onexecute' {
  return point === 'onreceive' || point === 'onexecute';
}

export function unknownTask(taskId: string): Failure {
  return new Failure({
    code: 'TASK-UNKNOWN',
    operation: 'cancel a task',
    subject: taskId,
    reason: 'the connection has no such task, or it ended long ago and is forgotten',
    hint: 'TASK LIST shows the tasks of a connection.',
  });
}

/** The failure for a task that has ended at all its points. */
export function taskEnded(reports: readonly TaskReport[]): Failure {
  return new Failure({
    code: 'TASK-ENDED',
    operation: 'cancel a task',
    subject: reports[0]?.name ?? '',
    reason: reports.map(({ point, state }) => `${point}: ${state}`).join(', '),
    hint: 'It has ended, and there is nothing to cancel.',
  });
}

export function targetTooOld(target: string): Failure {
  return new Failure({
    code: 'TARGET-TOO-OLD',
    operation: 'cancel a task',
    subject: target,
    reason: 'the server there is of an earlier version, which cannot cancel a task',
    hint: 'Install the present version there. Until then give tasks a TIMEOUT with ONTIMEOUT KILL.',
  });
}
