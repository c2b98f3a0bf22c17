// What a server reports. Status is data: front ends render these and know nothing else. All of it survives JSON. Byte
// strings (paths) are strings whose characters are bytes, as in base/raw-path.ts. Times are milliseconds since the epoch.
import type { JobRoot, MirrorStatus, ReplicationStatus, TargetDataState, TransmitMode } from './job.ts';
import type { JobOptions } from './options/job-edit.ts';
import type { MirrorMethod, SnapshotType } from './stream/marker.ts';
import type { LimitOverride, LimitSettings } from './transmission.ts';

export const healths = ['healthy', 'warning', 'error', 'unknown'] as const;
export type Health = (typeof healths)[number];

/** How far something is that lasts. A total is null where it is not known; the work may go beyond one that was estimated. */
export interface ProgressReport {
  readonly doneBytes: number;
  readonly totalBytes: number | null;
  /** Names, those of directories not counted. */
  readonly doneFiles: number;
  readonly totalFiles: number | null;
}

/** How a job is doing, as seen from one of its two servers. Words and fields are the guide's (ch. 6, job details). */
export interface JobReport {
  readonly jobId: string;
  /** The connection id people use: the lowest free number from 1 on this server. */
  readonly number: number;
  readonly name: string;
  readonly role: 'source' | 'target';
  readonly replicationSet: string;
  readonly source: string;
  readonly target: string;
  readonly roots: readonly JobRoot[];
  readonly health: Health;
  /** Grows with every change of anything in the report; `jobs.wait` waits for a greater one. */
  readonly revision: number;
  readonly mirror: {
    readonly status: MirrorStatus;
    readonly method: MirrorMethod;
    /** null until the size is calculated. */
    readonly percent: number | null;
    readonly remainingBytes: number | null;
    readonly skippedBytes: number;
    /** Bytes of all mirrors' operations that were sent since the job was opened; it never goes back. */
    readonly sentBytes: number;
    /** The same bytes on the wire, after compression. */
    readonly transmittedBytes: number;
    readonly queuedBytes: number;
    /** How many mirrors of this job have completed on the target. */
    readonly completed: number;
    /** Of the mirror that walks through the workload; absent when none does. */
    readonly progress?: ProgressReport;
  };
  readonly replication: {
    readonly status: ReplicationStatus;
    /** As those of the mirror, of the operations of changes. */
    readonly sentBytes: number;
    readonly transmittedBytes: number;
    readonly queuedBytes: number;
    readonly queuedOperations: number;
  };
  readonly transmit: { readonly mode: TransmitMode };
  /** Of a source: how it sends, as all its jobs to the same address of the target do; absent where it is not known. */
  readonly line?: LineReport;
  /** As EDIT changes them, as far as this side knows; absent where it is not known. */
  readonly options?: JobOptions;
  readonly targetState: TargetDataState;
  /** Memory that the queue on this server takes, the records and the objects around them. */
  readonly memoryQueueBytes: number;
  /** Bytes of the queue on this server that lie on disk. */
  readonly diskQueueBytes: number;
  /**
   * Of a source: when the oldest operation was made that the target has not applied, to a second; null when it has
   * everything, absent where it is not known.
   */
  readonly behindSinceMs?: number | null;
  /**
   * Of a source: the verification that runs, whose totals are those of the last mirror or verification, and the last one of
   * the job, with the differences that a mirror would mend.
   */
  readonly verification?: {
    readonly running: ProgressReport | null;
    readonly last: { readonly finishedMs: number; readonly differences: number } | null;
  };
  /** Of a throughput diagnosis: the file of its figures, an absolute path, and what would be needed, in lines for people. */
  readonly diagnosis?: { readonly file: string; readonly estimate: readonly string[] };
  /** Of a target: how many of the names that a snapshot remembers are restored; absent when nothing is reverted. */
  readonly revert?: ProgressReport;
  /** When the job was made. */
  readonly establishedMs: number;
  /** When the present link was made; null without one. */
  readonly connectedSinceMs: number | null;
  /** Sequence numbers in the present stream: last made, last durable on the target, last applied. */
  readonly sequence: { readonly head: number; readonly durable: number; readonly applied: number };
  readonly streamId: string;
  readonly epoch: number;
  readonly failedOver: boolean;
  /** Free text, or empty. */
  readonly additional: string;
  /** Of a job that is not open, because it could not be opened or had to end: why, what to do, and when it is tried again. */
  readonly notOpen?: string;
  /** On a target that has taken over: what that failover did and found; null before, and where it was interrupted. */
  readonly failover: FailoverReport | null;
  /** Of a source: absolute paths inside the workload that are not protected, because servers of this machine write there. */
  readonly leftOut?: readonly string[];
  /** Of a source: what its operator should know of the terms of the target, in sentences. */
  readonly remarks?: readonly string[];
  /**
   * Names that only the replica has, a folder counted once: as the last mirror or verification found; on the target those that
   * were there before the first mirror and are kept.
   */
  readonly surplus: number;
  /** This server asks a witness who of the two may be written to; absent: nobody says that. */
  readonly witnessed?: true;
  /** What may be expected of the replica while the source is at work, in words (model/promise.ts). */
  readonly promise: string;
}

export interface LineReport {
  /** HOST:PORT of the target; empty inside a process. */
  readonly route: string;
  /** null: data is not compressed. */
  readonly compression: number | null;
  /** The limit that holds now, in bytes per second; null for none. */
  readonly bytesPerSecond: number | null;
  readonly limit: LimitSettings;
  /** What holds instead of the settings of the limit. */
  readonly override: LimitOverride | null;
}

/** `refused`: the target takes no such object, so it is not there. */
export const differenceVerdicts = ['different', 'missing', 'surplus', 'unsettled', 'refused'] as const;

export interface DifferenceReport {
  readonly path: string;
  readonly verdict: (typeof differenceVerdicts)[number];
  readonly bytesOutOfSync: number;
  /** What differs besides bytes, in words: `mode`, `owner`, `time`, `link target`, `kind`. */
  readonly attributes: readonly string[];
}

/** With `repair` what differs is sent again. */
export const verifyModes = ['report', 'repair'] as const;
export type VerifyMode = (typeof verifyModes)[number];

/** Totals carry the names of the guide's verification log (ch. 10). */
export interface VerifyReport {
  readonly jobId: string;
  readonly startedMs: number;
  readonly finishedMs: number;
  readonly directoriesCompared: number;
  readonly directoriesMissing: number;
  readonly filesCompared: number;
  readonly filesMissing: number;
  readonly filesDifferent: number;
  readonly filesUnsettled: number;
  /** In the replica and not in the workload. */
  readonly surplus: number;
  /** Not in the replica because the target takes no such objects; absent for none. */
  readonly refused?: number;
  /** Of these, what was there before the first mirror of a job that keeps orphans. */
  readonly surplusKept: number;
  readonly filesRemirrored: number;
  readonly bytesCompared: number;
  readonly bytesDifferent: number;
  readonly bytesMissing: number;
  /** The first thousand. */
  readonly differences: readonly DifferenceReport[];
  /** Absolute path of the log on the source. */
  readonly logPath: string;
}

export const snapshotStates = ['good', 'bad'] as const;

export interface SnapshotReport {
  readonly snapshotId: string;
  readonly jobId: string;
  readonly name: string;
  readonly type: SnapshotType;
  readonly takenMs: number;
  readonly sequence: number;
  readonly state: (typeof snapshotStates)[number];
}

export const failoverTypes = ['live', 'test', 'snapshot'] as const;
/** What becomes of what the target has received and not applied. */
export const failoverQueues = ['apply', 'discard', 'revert'] as const;

export interface FailoverOptions {
  readonly type: (typeof failoverTypes)[number];
  /** For type `snapshot`, unless the latest good one is meant. */
  readonly snapshotId?: string;
  /** For type `snapshot`: the newest one whose state is good when the failover begins. */
  readonly latestGood?: true;
  /** A person takes over whatever the witness says, so that both sides may be written to. */
  readonly force?: true;
  readonly queue: (typeof failoverQueues)[number];
}

/** What a failover says of its loss when it knows that there is none. */
export const nothingLost = 'nothing was lost: the source handed over everything';

export interface FailoverReport {
  readonly jobId: string;
  readonly epoch: number;
  readonly startedMs: number;
  readonly finishedMs: number;
  readonly type: FailoverOptions['type'];
  readonly queue: FailoverOptions['queue'];
  /** What the target had received and applied during the failover. */
  readonly appliedOperations: number;
  readonly discardedOperations: number;
  /** Whether the source handed over everything and stopped; otherwise `lossText` says what is known of the loss. */
  readonly complete: boolean;
  readonly lossText: string;
  readonly evidence: readonly string[];
}

/** What the undo of a live failover leaves. */
export interface UndoReport {
  /** The epoch that holds since. */
  readonly epoch: number;
  /** The name of the snapshot that keeps what was written to the replica since the failover. */
  readonly snapshot: string;
}

export type Probe =
  /** The source's Understudy server answers on its link. */
  | { readonly type: 'service' }
  /** A TCP connection to host and port succeeds. */
  | { readonly type: 'tcp'; readonly host: string; readonly port: number }
  /** The host answers an echo request (ICMP). */
  | { readonly type: 'ping'; readonly host: string }
  /** A program on the target's allow-list ends with code 0. */
  | { readonly type: 'program'; readonly program: string; readonly arguments: readonly string[] };

/** Of several probes: when the source counts as gone. */
export const probeRules = ['all', 'any'] as const;
export type ProbeRule = (typeof probeRules)[number];

/** Guide, ch. 3, Failover Monitor. */
export interface MonitorSpecification {
  readonly name: string;
  readonly jobId: string;
  readonly probe: Probe;
  /** More probes, which are made together with the first. */
  readonly moreProbes?: readonly Probe[];
  /** The source counts as gone when all probes fail, or when any of them does; absent: all. */
  readonly failsWhen?: ProbeRule;
  /**
   * The host of the source, which answered an echo request when the monitor was made; the target says so by itself. With a
   * number of failures and a single probe, a failed echo then skips the probe (guide, ch. 3).
   */
  readonly echoHost?: string;
  readonly intervalMs: number;
  readonly condition:
    | { readonly type: 'total-time'; readonly totalMs: number }
    | { readonly type: 'failures'; readonly count: number };
  readonly waitForUser: boolean;
  readonly failover: FailoverOptions;
  /** Done by the target after it took over. */
  readonly dns: readonly DnsChange[];
}

export interface DnsChange {
  readonly name: string;
  readonly address: string;
  /** The address whose place it takes; absent: the only one that the name has, if any. */
  readonly from?: string;
  readonly ttlSeconds: number;
}

export const monitorStates = [
  'Stopped',
  'Monitoring',
  'Failover Condition Met',
  'Failing Over',
  'Failed Over',
  'Failover Failed',
] as const;

export interface MonitorReport {
  readonly specification: MonitorSpecification;
  readonly state: (typeof monitorStates)[number];
  readonly lastSuccessMs: number | null;
  readonly consecutiveFailures: number;
  readonly evidence: readonly string[];
}

/** A DNS server that may be updated; the secret never leaves the server that holds it. */
export interface DnsServerReport {
  readonly name: string;
  readonly host: string;
  readonly port: number;
  readonly zones: readonly string[];
  readonly keyName: string | null;
}

export interface ServerReport {
  readonly name: string;
  readonly version: string;
  readonly fingerprint: string;
  readonly startedMs: number;
  /** What time it is on the server. */
  readonly timeMs: number;
  readonly taskProcessing: boolean;
  /** Memory of the queues of all jobs together, and its limit; absent where the server does not run. */
  readonly queueMemory?: { readonly usedBytes: number; readonly maxBytes: number };
  readonly jobs: readonly JobReport[];
}

/** What a workload holds now. */
export interface WorkloadReport {
  readonly bytes: number;
  readonly files: number;
  readonly directories: number;
}

/** One key of a server's configuration, its value as it is written. */
export interface SettingReport {
  readonly name: string;
  readonly value: string;
  /** Whether SET may change it; what lets others act on the server is changed in its file alone. */
  readonly changeable: boolean;
}

export const accountAccesses = ['none', 'monitor', 'full'] as const;

export interface AccountReport {
  readonly user: string;
  readonly access: (typeof accountAccesses)[number];
}

/** A stored secret; the secret itself never leaves the server that holds it. */
export interface CredentialReport {
  readonly name: string;
  readonly changedMs: number;
}

/** A path that a server has taken over: the live copy, over which no mirror goes until its operator there says so. */
export interface LivePathReport {
  /** Absolute, a byte string, as the job named it. */
  readonly path: string;
  readonly jobId: string;
  readonly job: string;
  /** The server whose data it was a replica of. */
  readonly source: string;
  /** Of the takeover. */
  readonly epoch: number;
  readonly sinceMs: number;
  /** LIVE RELEASE was said here: the next job may mirror over it, behind a snapshot. */
  readonly released: boolean;
  /** The server that protected it and has taken it over in its turn; absent while the live copy is here. */
  readonly movedTo?: string;
}

/** The addresses that a target takes over with a job (guide, ch. 3, Failover Identity); none: both servers keep their own. */
export interface IdentityReport {
  readonly addresses: readonly string[];
  /** Whether they belong to this server now. */
  readonly isHere: boolean;
}
