// What a job is given by its server, on either side.
import type { Failure } from '../../base/failure.ts';
import type { Log } from '../../base/log.ts';
import type { Random } from '../../base/random.ts';
import type { Clock } from '../../base/waiting/clock.ts';
import type { EventId } from '../../model/event-catalogue.ts';
import type { JobSpecification } from '../../model/job.ts';
import type { Files } from '../../ports/files.ts';
import type { JavaScript } from '../../ports/javascript.ts';
import type { Programs } from '../../ports/programs.ts';
import type { Storage } from '../../ports/storage.ts';
import type { RoundPace } from '../capture/slow-round.ts';
import type { QueueLimits } from '../queue/queue-limits.ts';
import type { BuiltIn, TaskBlock, TaskPolicy } from '../tasks/task-runner.ts';

export interface JobParts {
  readonly specification: JobSpecification;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  readonly files: Files;
  /** The same for every server on one machine, and for no other. */
  readonly machineId: string;
  /** Absolute path of the server's home folder. */
  readonly home: string;
  readonly storage: Storage;
  /** The job's own folder in the storage. */
  readonly folder: string;
  readonly programs: Programs;
  readonly javascript: JavaScript;
  readonly taskPolicy: TaskPolicy;
  readonly queueLimits: QueueLimits;
  /** Of a source's looks for what is not notified; the usual one when absent. */
  readonly pace: RoundPace | undefined;
  /** Built-in actions that are the server's and not the job's: DNS updates. */
  readonly builtIn: (action: Extract<BuiltIn, { type: 'dns-update' }>) => Promise<void>;
  /** Runs a task's block of the language on this server; rejects when it failed. */
  readonly runBlock: (block: TaskBlock, signal: AbortSignal) => Promise<void>;
  readonly emit: (id: EventId, parameters: Readonly<Record<string, string | number>>) => void;
  /** The job can go on only from what is durable: its server ends it and starts it again. */
  readonly failed: (failure: Failure) => void;
  /** Something in the job's report has changed. */
  readonly changed: () => void;
}
