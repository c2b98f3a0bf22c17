// The end of a job that is brought to a clean stop: everything is in the stream, and the target is given time to apply it.

import { Failure } from '../../../base/failure.ts';
import type { Clock } from '../../../base/waiting/clock.ts';
import { pauseWhileRunning } from '../../running-time.ts';
import type { SourceStream } from '../stream/source-stream.ts';

/** How long a clean stop waits for the target. */
const finishMs = 60_000;

export interface CleanStop {
  readonly clock: Clock;
  readonly jobName: string;
  /** Resolves when the link is gone; undefined when there is none. */
  readonly linkClosed: Promise<string> | undefined;
}

/** Resolves when the target has applied the stream up to `end`; rejects with `FINISH-TIMEOUT` when that does not come. */
export async function expectTaken(stream: SourceStream, end: number, parts: CleanStop): Promise<void> {
  const arrived = stream.whenApplied(end).then(() => true);
  const wait = pauseWhileRunning(parts.clock, finishMs);
  const late = wait.done.then(() => false);
  const done = await Promise.race([arrived, late, parts.linkClosed?.then(() => false) ?? false]);
  wait.end();
  arrived.catch(() => undefined);
  if (done) return;
  throw new Failure({
    code: 'FINISH-TIMEOUT',
    operation: 'bring the job to a clean stop',
    subject: parts.jobName,
    reason: `the target has not applied everything: ${stream.queue.state.operations} operations wait`,
    hint: 'See `status con`; the replica may lack the last changes.',
  });
}

/** What a command is answered that comes too late for this connection. `wayBack`: the target has taken over; what to do then. */
export function jobStopped(jobName: string, operation: string, wayBack: string | undefined): Failure {
  return new Failure({
    code: 'JOB-STOPPED',
    operation,
    subject: jobName,
    reason: wayBack === undefined ? 'the connection is being stopped' : 'the target has taken over',
    hint: wayBack ?? 'Make a new connection with CONNECT.',
  });
}
