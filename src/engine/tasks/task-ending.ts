// Makes the report of how a task ended at one of its points from the end of its program or script.
import type { StreamTask, TaskReport, TaskState } from '../../model/stream/task.ts';
import type { ProgramEnd } from '../../ports/programs.ts';
import { endedByHand } from './cancelling.ts';

/** The fields of a report that say how the action ended. */
export type Ending = Pick<TaskReport, 'reason' | 'exitCode' | 'output' | 'result'> & { readonly state: TaskState };

export function killedEnding(ending: Ending, { timeoutMs }: StreamTask): Ending {
  return { ...ending, state: 'failed', reason: `it was ended after its timeout of ${(timeoutMs ?? 0) / 1000} s` };
}

/** An action that had come to a good end before it could be killed keeps that. */
export function cancelledEnding(ending: Ending): Ending {
  return ending.state === 'finished' ? ending : { ...ending, state: 'cancelled', reason: endedByHand };
}

export function programEnding({ exitCode, signal, output }: ProgramEnd): Ending {
  if (exitCode === null) return { state: 'failed', reason: `ended by ${signal}`, output };
  if (exitCode !== 0) return { state: 'failed', reason: `exit code ${exitCode}`, exitCode, output };
  return { state: 'finished', reason: '', exitCode, output };
}
