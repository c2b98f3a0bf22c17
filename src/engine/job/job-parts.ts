// The parts that a server gives a job, on either side.
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
import type { QueueMemory } from '../queue/memory/queue-memory.ts';
import type { QueueLimits } from '../queue/queue-limits.ts';
import type { BuiltIn, TaskBlock, TaskPolicy } from '../tasks/task-runner.ts';

export interface JobParts {
  readonly specification: JobSpecification;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  readonly files: Files;
  /** The same for all servers on one machine, and different on every other machine. */
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
  /** Of all queues of the server. */
  readonly queueMemory: QueueMemory;
  /** The pace of a source's slow rounds, which find changes without a notification; the usual pace when absent. */
  readonly pace: RoundPace | undefined;
  /** Carries out built-in actions that the server does and not the job: DNS updates. */
  readonly builtIn: (action: Extract<BuiltIn, { type: 'dns-update' }>) => Promise<void>;
  /** Runs a task's block of the language on this server; rejects when it failed. */
  readonly runBlock: (block: TaskBlock, signal: AbortSignal) => Promise<void>;
  readonly emit: (id: EventId, parameters: Readonly<Record<string, string | number>>) => void;
  /** The job can go on only from its durable state, so the server has to end it and start it again. */
  readonly failed: (failure: Failure) => void;
  /** Something in the job's report has changed. */
  readonly changed: () => void;
}
