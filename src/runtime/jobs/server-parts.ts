// The parts of a server: the ports it works through, and what its configuration says.
import type { Log } from '../../base/log.ts';
import type { Random } from '../../base/random.ts';
import type { Clock } from '../../base/waiting/clock.ts';
import type { RoundPace } from '../../engine/capture/slow-round.ts';
import type { QueueMemory } from '../../engine/queue/memory/queue-memory.ts';
import type { QueueLimits } from '../../engine/queue/queue-limits.ts';
import type { TaskPolicy } from '../../engine/tasks/task-runner.ts';
import type { JobSpecification } from '../../model/job.ts';
import type { RemirrorChoice } from '../../model/options/remirror.ts';
import type { ReplicaPolicy } from '../../model/replica-policy.ts';
import type { DnsChange } from '../../model/report.ts';
import type { Addresses } from '../../ports/addresses.ts';
import type { Calendar } from '../../ports/calendar.ts';
import type { Capture } from '../../ports/capture.ts';
import type { Files } from '../../ports/files.ts';
import type { JavaScript } from '../../ports/javascript.ts';
import type { Leases } from '../../ports/lease.ts';
import type { NameService } from '../../ports/name-service.ts';
import type { Network } from '../../ports/network.ts';
import type { Ping } from '../../ports/ping.ts';
import type { Programs } from '../../ports/programs.ts';
import type { Storage } from '../../ports/storage.ts';
import type { DetachedBlock } from '../contract/detached-block.ts';
import type { UncheckedChange } from '../dns/dns-check.ts';
import type { EventLog } from '../events/event-log.ts';
import type { ScheduleServiceParts } from '../schedules/schedules.ts';
import type { AccountConfiguration } from '../stores/configuration.ts';
import type { Identities } from './identity/identities.ts';

export interface ServerParts {
  readonly name: string;
  readonly version: string;
  readonly fingerprint: string;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  readonly files: Files;
  /** The same for all servers whose files one kernel holds; it has no other meaning. */
  readonly machineId: string;
  readonly storage: Storage;
  /** Absolute path of the home folder, a byte string: logs and removed objects lie below it. */
  readonly home: string;
  readonly capture: Capture;
  readonly network: Network;
  readonly ping: Ping;
  /** The witness between this server and others; absent: there is none, and after a failover both sides may be written to. */
  readonly leases?: Leases;
  readonly programs: Programs;
  readonly javascript: JavaScript;
  readonly nameService: NameService;
  readonly addresses: Addresses;
  readonly calendar: Calendar;
  readonly eventLog: EventLog;
  readonly taskPolicy: TaskPolicy;
  /** Absolute folders, byte strings, in which replicas may lie, or `any` (an operator's own process). */
  readonly allowedRoots: readonly string[] | 'any';
  /** Absolute folders, byte strings, that a peer may have protected; absent for a server that no peer can ask. */
  readonly sourceRoots?: readonly string[];
  /** What replicas on this server keep; absent in an operator's own process: they keep everything. */
  readonly replicaPolicy?: ReplicaPolicy;
  readonly queueLimits: QueueLimits;
  /** How the jobs of a source are connected again, and whether their mirrors count; absent for the usual. */
  readonly reconnection?: {
    /** Whether the jobs of an earlier run are connected at the start; otherwise they wait for START. */
    readonly atStart: boolean;
    readonly remirror: RemirrorChoice;
  };
  /** Whether mirrors count the workload; absent: they do. */
  readonly calculatesSize?: boolean;
  /** How often a source checks that its roots are still the folders that it protects; absent for the usual pace. */
  readonly rootCheckMs?: number;
  /** The pace of the slow round, which finds changes without a notification; absent for the usual pace. */
  readonly pace?: RoundPace;
  /** `full` for an embedded server: all its callers have full access. */
  readonly accounts: readonly AccountConfiguration[] | 'full';
  /** Begins the shutdown of the server process; absent for a server inside a run. */
  readonly requestStop?: () => void;
  readonly runsBetween: ScheduleServiceParts['runsBetween'];
  /** Runs the block of a schedule or task; rejects when the block fails. After an abort it ends as soon as it can. */
  readonly runBlock: (block: DetachedBlock, signal: AbortSignal) => Promise<void>;
}

/** What a server has and does for its jobs. */
export interface JobServices {
  /** Of the queues of all its jobs. */
  readonly queueMemory: QueueMemory;
  updateDns(change: DnsChange): Promise<void>;
  /** Rejects when a change would be refused now. Returns the changes that no DNS server could check. */
  checkDns(changes: readonly DnsChange[]): Promise<readonly UncheckedChange[]>;
  /** The addresses that move with a job. */
  readonly identities: Pick<Identities, 'takeOn' | 'letGo' | 'forget'>;
  /** The target of this job has taken over what this server protected. */
  takenOver(job: JobSpecification): void;
  /** The target of this job has undone that. */
  takenBack(job: JobSpecification): void;
  /** Something in the report of this job has changed. */
  jobChanged(jobId: string): void;
}
