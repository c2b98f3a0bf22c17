// The table of the calls on a server, by service: each call with the access that it needs, its parameters and its
// result. Everything else about a call is derived from its line here: the type `Server` (server.ts), the check of what
// a LOGIN or a peer may call (access.ts), the requests of the API and their checks (src/api), and the fake of the
// tests. A new call needs a line here and an implementation in its service (runtime/server); a peer that has only the
// role source may make the call when peer-access.ts lists it.
//
// Parameters are parsed strictly where they arrive: an unknown field is an error. A result from a newer server may hold
// fields that this program does not know; they are dropped. Every call may reject with a Failure; parameters and
// results survive JSON.
import { z } from 'zod';
import { verifyModes } from '../../model/report.ts';
import type { ScheduleSpecification } from '../../model/schedule.ts';
import {
  dnsChange,
  failoverOptions,
  failoverReport,
  monitorReport,
  monitorSpecification,
  undoReport,
} from '../../model/shapes/failover-shapes.ts';
import { askedSnapshotType, jobReport, snapshotReport, verifyReport } from '../../model/shapes/job-report-shapes.ts';
import { editReport, jobEdit, mirrorMethod, newJob, workload } from '../../model/shapes/job-shapes.ts';
import { count, listOf, named, newName, time } from '../../model/shapes/plain-shapes.ts';
import {
  accountAccess,
  accountReport,
  credentialReport,
  dnsServerReport,
  dnsServerSpecification,
  identityReport,
  livePathReport,
  scheduleReport,
  scheduleSpecification,
  serverEvent,
  serverReport,
  settingReport,
  workloadReport,
} from '../../model/shapes/server-shapes.ts';
import { newScript, newTask, scriptReport, taskReport } from '../../model/shapes/task-shapes.ts';
import { compressionLevel, limitEntry, limitOverride } from '../../model/shapes/transmission-shapes.ts';
import { scriptPoints } from '../../model/stream/mirror-script.ts';
import type { CallerAccess } from './access-level.ts';

/** A longer wait ends after this time, because the caller may be gone; a caller that is there asks again. */
const waitMsMax = 60_000;
const waitMs = z
  .number()
  .nonnegative()
  .transform((ms) => Math.min(ms, waitMsMax));

export interface Call<Parameters extends readonly unknown[], Result> {
  readonly access: CallerAccess;
  readonly parameters: z.ZodType<Parameters>;
  readonly result: z.ZodType<Result>;
}

type Outputs<Shapes extends readonly z.ZodType[]> = { readonly [Index in keyof Shapes]: z.output<Shapes[Index]> };

function call<const Shapes extends readonly z.ZodType[], Result>(
  access: CallerAccess,
  parameters: Shapes,
  result: z.ZodType<Result>,
): Call<Outputs<Shapes>, Result> {
  // zod's type of a tuple needs a first element, which an empty list of parameters does not have.
  const tuple = z.tuple(parameters as unknown as [z.ZodType]) as unknown as z.ZodType<Outputs<Shapes>>;
  return { access, parameters: tuple, result };
}

/** Who may make a call: everybody; monitor access; full access; only the owner of the home, no peer. */
const [anyone, monitor, full, owner] = [0, 1, 2, 3] as const;

const jobId = z.string();
const snapshotId = z.string();
const name = z.string();
const user = z.string();
const secret = z.string();
const names = listOf(z.string());
const nothing: z.ZodType<void> = z.null().transform(() => undefined);

export const serverCalls = {
  access: {
    /** The access level of an account: 0 none, 1 monitor, 2 full. */
    login: call(anyone, [user, secret], z.literal([0, 1, 2])),
    /** Whether the caller may make a call at all. A call may still refuse some of its parameters. */
    allows: call(anyone, [z.string()], z.boolean()),
  },
  information: {
    report: call(monitor, [], serverReport),
    /** The last lines of the server's log, oldest first. */
    log: call(monitor, [z.int().positive()], listOf(z.string())),
    /** The space on the volume of the home folder, and how much of it the queues leave free. */
    space: call(monitor, [], z.object({ freeBytes: count, totalBytes: count, keptFreeBytes: count })),
  },
  process: {
    /** Resolves when the server has begun to stop. */
    shutDown: call(full, [], nothing),
  },
  events: {
    /** The events after the given time, newest last: at most 1000 of the server's own and 250 that others cause. */
    since: call(monitor, [time], listOf(serverEvent)),
  },
  jobs: {
    list: call(monitor, [], listOf(jobReport)),
    /** Rejects with `JOB-UNKNOWN` when there is no such job. */
    report: call(monitor, [jobId], jobReport),
    /** The report as soon as its revision is greater than the given one, or after the given milliseconds. */
    wait: call(monitor, [jobId, z.number(), waitMs], jobReport),
    /** Starts a job towards a target that this server can reach; resolves when the target has accepted it. */
    connect: call(full, [newJob], jobReport),
    /** Stops the stream cleanly when the target is connected, and forgets the job on both sides; the replica stays. */
    disconnect: call(full, [jobId], nothing),
    /**
     * On the source: changes what the job was made with (model/options/job-edit.ts). Durable there before it holds; the target is
     * told at once, or when it is connected again. A refusal changes nothing.
     */
    edit: call(full, [jobId, jobEdit], editReport),
    /** What an edit would do, or its refusal; changes nothing. */
    examineEdit: call(full, [jobId, jobEdit], editReport),
    /** On the source, at a barrier. With `repair`, differences are sent again; the report shows the state before it. */
    verify: call(full, [jobId, z.enum(verifyModes)], verifyReport),
    /** Takes over; on the target. */
    failover: call(full, [jobId, failoverOptions], failoverReport),
    /**
     * Undoes a live failover; on the target. What was written to the replica since is kept as a snapshot; the source goes on
     * with a mirror when it hears of it. Only the owner of the server's own home may call it: a peer may be the old source.
     * Rejects with `NOT-FAILED-OVER`, `FAILING-OVER`, `LIVE-ELSEWHERE` or `SOURCE-LEFT`, and changes nothing then.
     */
    undoFailover: call(owner, [jobId], undoReport),
  },
  /**
   * How data travels to a target, and when. All jobs of a source to one address share it; each call changes it for all and
   * resolves with the names of these connections.
   */
  transmission: {
    /** On the source. Holds instead of the settings until `scheduled` gives it back, or the job is stopped and started. */
    limit: call(full, [jobId, limitOverride], names),
    addLimit: call(full, [jobId, limitEntry], names),
    removeLimit: call(full, [jobId, name], names),
    /** The level, or null for none. */
    compress: call(full, [jobId, compressionLevel], names),
    /** On the source: nothing is sent, and changes are queued. */
    pause: call(full, [jobId], names),
    /** On the source: ends a pause, or starts this one job after a stop, with a mirror. */
    start: call(full, [jobId], names),
    /** On the source: this one job sends nothing and queues nothing any more. */
    stop: call(full, [jobId], names),
    /** On the target: what comes is queued, and not applied. All jobs of the same source are paused and resumed. */
    pauseTarget: call(full, [jobId], names),
    resumeTarget: call(full, [jobId], names),
  },
  workloads: {
    /** Walks through the folders of a workload as they are now. */
    calculate: call(full, [workload], workloadReport),
  },
  mirrors: {
    start: call(full, [jobId, mirrorMethod], nothing),
    stop: call(full, [jobId], nothing),
    /** Nothing more of the mirror is sent until it is resumed. Rejects with `MIRROR-NOT-RUNNING`. */
    pause: call(full, [jobId], nothing),
    /** Rejects with `MIRROR-NOT-PAUSED`. */
    resume: call(full, [jobId], nothing),
    /** Changes are neither sent nor queued until replication is started, which begins with a mirror. */
    stopReplication: call(full, [jobId], nothing),
    startReplication: call(full, [jobId], nothing),
    /** Begins a mirror that deletes everything which only the replica has, including kept places and held deletions. */
    deleteOrphans: call(full, [jobId], nothing),
  },
  tasks: {
    list: call(monitor, [jobId], listOf(taskReport)),
    /** Resolves with the task's id when its marker is durable. */
    queue: call(full, [jobId, newTask], z.string()),
    /**
     * On the source, with the id of a task: it does not run at the points that it has not reached, and what runs of it is
     * ended. Resolves with how it stands at each point. Rejects with `TASK-UNKNOWN`, `TASK-ENDED` or `TARGET-TOO-OLD`.
     */
    cancel: call(full, [jobId, z.string()], listOf(taskReport)),
  },
  /** The scripts of a job's mirrors that run on this server. */
  scripts: {
    list: call(monitor, [jobId], listOf(scriptReport)),
    add: call(full, [jobId, newScript], nothing),
    /** Those at this point of the mirrors; all of them when it is null. */
    remove: call(full, [jobId, z.enum(scriptPoints).nullable()], nothing),
  },
  snapshots: {
    list: call(monitor, [jobId], listOf(snapshotReport)),
    /** Rejects with `SNAPSHOT-NOT-NOW` when the data is not good, unless the snapshot is a manual one. */
    take: call(full, [jobId, newName, askedSnapshotType], snapshotReport),
    revert: call(full, [jobId, snapshotId], nothing),
    delete: call(full, [jobId, snapshotId], nothing),
  },
  monitors: {
    list: call(monitor, [], listOf(monitorReport)),
    create: call(full, [named(monitorSpecification)], nothing),
    start: call(full, [name], nothing),
    stop: call(full, [name], nothing),
    delete: call(full, [name], nothing),
    /** The answers to a failover that waits for a person. Both reject with `MONITOR-NOT-PENDING` when none waits. */
    implement: call(full, [name], nothing),
    dismiss: call(full, [name], nothing),
  },
  dns: {
    servers: call(monitor, [], listOf(dnsServerReport)),
    addServer: call(full, [named(dnsServerSpecification)], nothing),
    removeServer: call(full, [name], nothing),
    /** Updates A records and, in configured reverse zones, PTR records. */
    update: call(full, [dnsChange], nothing),
  },
  live: {
    /** The paths that this server has taken over; they outlive their jobs. */
    list: call(monitor, [], listOf(livePathReport)),
    /**
     * Lets the next job mirror over the path (a byte string), after a snapshot of it. Only the owner of the server's
     * own home may call it: a peer may be the old source. Rejects with `LIVE-PATH-UNKNOWN`.
     */
    release: call(owner, [z.string()], nothing),
  },
  identities: {
    report: call(monitor, [jobId], identityReport),
    /**
     * The addresses of the job, which its target takes on; none: both keep their own. Said to both servers. Rejects with
     * ADDRESS-MISSING (at the source), ADDRESS-HERE and NETWORK-MISSING (at the target), IDENTITY-TAKEN-OVER.
     */
    set: call(full, [jobId, names], nothing),
  },
  schedules: {
    list: call(monitor, [], listOf(scheduleReport)),
    add: call(full, [named<ScheduleSpecification>(scheduleSpecification)], nothing),
    remove: call(full, [name], nothing),
  },
  // Settings and accounts. A server inside a run has no configuration: these calls reject with `CONFIGURATION-NONE`.
  settings: {
    /** The settings of `server.json`; options on the command line that started the server are not shown. */
    list: call(monitor, [], listOf(settingReport)),
    /**
     * The name and the new value, which holds from the next start on. `SETTING-UNKNOWN`, `SETTING-FIXED`,
     * `SETTING-INVALID`.
     */
    change: call(full, [name, z.string()], nothing),
  },
  accounts: {
    list: call(monitor, [], listOf(accountReport)),
    /** Replaces an account of the same name; holds at once. */
    add: call(full, [newName, secret, accountAccess], nothing),
    remove: call(full, [user], nothing),
  },
  credentials: {
    list: call(monitor, [], listOf(credentialReport)),
    /** Replaces a credential of the same name. */
    set: call(full, [newName, secret], nothing),
    /** Rejects when there is no credential of this name, or it cannot be opened. */
    test: call(full, [name], nothing),
    remove: call(full, [name], nothing),
  },
};
