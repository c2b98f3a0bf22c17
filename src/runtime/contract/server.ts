// A server as the commands see it: in this process (local-server.ts) or behind the API (src/api), the same either way.
// Every call may reject with a Failure; arguments and results are data that survive JSON.
import type { DnsServerSpecification } from '../../model/dns-server.ts';
import type { ServerEvent } from '../../model/event.ts';
import type { JobSpecification } from '../../model/job.ts';
import type {
  AccountReport,
  CredentialReport,
  DnsChange,
  DnsServerReport,
  FailoverOptions,
  FailoverReport,
  JobReport,
  LivePathReport,
  MonitorReport,
  MonitorSpecification,
  ServerReport,
  SettingReport,
  SnapshotReport,
  VerifyReport,
  WorkloadReport,
} from '../../model/report.ts';
import type { ScheduleReport, ScheduleSpecification } from '../../model/schedule.ts';
import type { AskedSnapshotType, MirrorMethod } from '../../model/stream/marker.ts';
import type { StreamTask, TaskReport } from '../../model/stream/task.ts';

/** What a server does as the source of jobs. */
export interface SourceRole {
  /** Starts a job towards a target that this server can reach; resolves when the target has accepted it. */
  connect(specification: Omit<JobSpecification, 'jobId'>): Promise<JobReport>;
  /** Comes to a clean stop when the target is there, and forgets the job on both sides; the replica stays. */
  disconnect(jobId: string): Promise<void>;
  /** Walks through the folders of a workload as they are now. */
  calculate(workload: Pick<JobSpecification, 'roots' | 'rules'>): Promise<WorkloadReport>;
  startMirror(jobId: string, method: MirrorMethod): Promise<void>;
  stopMirror(jobId: string): Promise<void>;
  /** Begins a mirror that deletes everything which only the replica has, also what the job keeps and what was held back. */
  deleteOrphans(jobId: string): Promise<void>;
  /** At a barrier in the stream. With `repair` what differs is sent again; the report shows the state before. */
  verify(jobId: string, mode: 'report' | 'repair'): Promise<VerifyReport>;
  /** Resolves with the task's id when its marker is durable. */
  queueTask(jobId: string, task: Omit<StreamTask, 'taskId'>): Promise<string>;
}

/** What a server does as the target of jobs. */
export interface TargetRole {
  snapshots(jobId: string): Promise<readonly SnapshotReport[]>;
  /** `SNAPSHOT-NOT-NOW` for one that is not manual, while the data is not good. */
  takeSnapshot(jobId: string, name: string, type: AskedSnapshotType): Promise<SnapshotReport>;
  revertToSnapshot(jobId: string, snapshotId: string): Promise<void>;
  deleteSnapshot(jobId: string, snapshotId: string): Promise<void>;
  failover(jobId: string, options: FailoverOptions): Promise<FailoverReport>;
  createMonitor(specification: MonitorSpecification): Promise<void>;
  startMonitor(name: string): Promise<void>;
  stopMonitor(name: string): Promise<void>;
  deleteMonitor(name: string): Promise<void>;
  monitors(): Promise<readonly MonitorReport[]>;
  addDnsServer(specification: DnsServerSpecification): Promise<void>;
  removeDnsServer(name: string): Promise<void>;
  dnsServers(): Promise<readonly DnsServerReport[]>;
  /** Updates A and, where a reverse zone is configured, PTR. */
  updateDns(change: DnsChange): Promise<void>;
  /** The paths that this server has taken over; they outlive their jobs. */
  livePaths(): Promise<readonly LivePathReport[]>;
  /**
   * The next job may mirror over the path (a byte string), behind a snapshot of it. Only from the server's own home: the word of
   * a peer, which may be the old source, does not suffice. `LIVE-PATH-UNKNOWN`.
   */
  releaseLivePath(path: string): Promise<void>;
}

/** What a server lets its operator look after. A server inside a run has no configuration: `CONFIGURATION-NONE`. */
export interface Administration {
  /** As `server.json` says; what the command line of its start said otherwise is not in it. */
  settings(): Promise<readonly SettingReport[]>;
  /** Holds from the next start on. `SETTING-UNKNOWN`, `SETTING-FIXED`, `SETTING-INVALID`. */
  changeSetting(name: string, value: string): Promise<void>;
  accounts(): Promise<readonly AccountReport[]>;
  /** Replaces one of the same name; holds at once. */
  addAccount(user: string, password: string, access: AccountReport['access']): Promise<void>;
  removeAccount(user: string): Promise<void>;
  credentials(): Promise<readonly CredentialReport[]>;
  /** Replaces one of the same name. */
  setCredential(name: string, secret: string): Promise<void>;
  /** Rejects when there is none of this name, or it cannot be opened. */
  testCredential(name: string): Promise<void>;
  removeCredential(name: string): Promise<void>;
  /** The last lines of its log, oldest first. */
  log(linesMax: number): Promise<readonly string[]>;
  /** Resolves when the stop has begun. */
  shutDown(): Promise<void>;
}

export interface Server extends SourceRole, TargetRole, Administration {
  readonly name: string;
  report(): Promise<ServerReport>;
  jobs(): Promise<readonly JobReport[]>;
  /** `JOB-UNKNOWN` when there is none. */
  job(jobId: string): Promise<JobReport>;
  /** The report as soon as its revision is greater than the given one, or as it is after `timeoutMs`. */
  waitForJob(jobId: string, revision: number, timeoutMs: number): Promise<JobReport>;
  tasks(jobId: string): Promise<readonly TaskReport[]>;
  /** Newest last, those after the given time: at most a thousand, and 250 of what others cause. */
  events(sinceMs: number): Promise<readonly ServerEvent[]>;
  addSchedule(specification: ScheduleSpecification): Promise<void>;
  removeSchedule(name: string): Promise<void>;
  schedules(): Promise<readonly ScheduleReport[]>;
  /** Whether the caller may make this call at all; of what, the call itself tells. */
  allows(method: string): Promise<boolean>;
  /** The access level of an account: 0 none, 1 monitor, 2 full (language facts, LOGIN). */
  login(user: string, password: string): Promise<0 | 1 | 2>;
}
