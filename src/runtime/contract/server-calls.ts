// The table of the calls on a server: each with the access that it needs, its parameters and its result, by service. Everything
// else about a call follows from its line here: the type `Server` (server.ts), what a LOGIN or a peer may call (access.ts), the
// requests of the API and their checks (src/api), the fake of the tests. A new call is a line here and an answer in its service
// (runtime/server); a peer that is no more than a source has it when peer-access.ts says so.
//
// Parameters are parsed strictly where they arrive: an unknown field is an error. A result may hold fields that this program does
// not know yet (a newer server); they are dropped. Every call may reject with a Failure; parameters and results survive JSON.
import { z } from 'zod';
import { verifyModes } from '../../model/report.ts';
import type { ScheduleSpecification } from '../../model/schedule.ts';
import {
  dnsChange,
  failoverOptions,
  failoverReport,
  monitorReport,
  monitorSpecification,
} from '../../model/shapes/failover-shapes.ts';
import { askedSnapshotType, jobReport, snapshotReport, verifyReport } from '../../model/shapes/job-report-shapes.ts';
import { mirrorMethod, newJob, workload } from '../../model/shapes/job-shapes.ts';
import { count, listOf, named, newName, time } from '../../model/shapes/plain-shapes.ts';
import {
  accountAccess,
  accountReport,
  credentialReport,
  dnsServerReport,
  dnsServerSpecification,
  livePathReport,
  scheduleReport,
  scheduleSpecification,
  serverEvent,
  serverReport,
  settingReport,
  workloadReport,
} from '../../model/shapes/server-shapes.ts';
import { newTask, taskReport } from '../../model/shapes/task-shapes.ts';
import type { CallerAccess } from './access-level.ts';

/** A longer wait ends after this, so that a caller that went away is not waited for; one that is there asks again. */
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
  // The compiler knows a tuple of zod by its first element, which an empty one does not have.
  const tuple = z.tuple(parameters as unknown as [z.ZodType]) as unknown as z.ZodType<Outputs<Shapes>>;
  return { access, parameters: tuple, result };
}

/** Whoever may call at all; to look; to change; the owner of the home alone, and no peer. */
const [anyone, monitor, full, owner] = [0, 1, 2, 3] as const;

const jobId = z.string();
const snapshotId = z.string();
const name = z.string();
const user = z.string();
const secret = z.string();
const nothing: z.ZodType<void> = z.null().transform(() => undefined);

export const serverCalls = {
  access: {
    /** The access level of an account: 0 none, 1 monitor, 2 full (language facts, LOGIN). */
    login: call(anyone, [user, secret], z.literal([0, 1, 2])),
    /** Whether the caller may make this call at all; of what, the call itself tells. */
    allows: call(anyone, [z.string()], z.boolean()),
  },
  information: {
    report: call(monitor, [], serverReport),
    /** The last lines of its log, oldest first. */
    log: call(monitor, [z.int().positive()], listOf(z.string())),
    /** On the volume of its home folder, and how much of it the queues leave free. */
    space: call(monitor, [], z.object({ freeBytes: count, totalBytes: count, keptFreeBytes: count })),
  },
  process: {
    /** Resolves when the stop has begun. */
    shutDown: call(full, [], nothing),
  },
  events: {
    /** Newest last, those after the given time: at most a thousand, and 250 of what others cause. */
    since: call(monitor, [time], listOf(serverEvent)),
  },
  jobs: {
    list: call(monitor, [], listOf(jobReport)),
    /** `JOB-UNKNOWN` when there is none. */
    report: call(monitor, [jobId], jobReport),
    /** The report as soon as its revision is greater than the given one, or as it is after so many milliseconds. */
    wait: call(monitor, [jobId, z.number(), waitMs], jobReport),
    /** Starts a job towards a target that this server can reach; resolves when the target has accepted it. */
    connect: call(full, [newJob], jobReport),
    /** Comes to a clean stop when the target is there, and forgets the job on both sides; the replica stays. */
    disconnect: call(full, [jobId], nothing),
    /** On the source, at a barrier in the stream. With `repair` what differs is sent again; the report shows the state before. */
    verify: call(full, [jobId, z.enum(verifyModes)], verifyReport),
    /** On the target. */
    failover: call(full, [jobId, failoverOptions], failoverReport),
  },
  workloads: {
    /** Walks through the folders of a workload as they are now. */
    calculate: call(full, [workload], workloadReport),
  },
  mirrors: {
    start: call(full, [jobId, mirrorMethod], nothing),
    stop: call(full, [jobId], nothing),
    /** Begins a mirror that deletes everything which only the replica has, also what the job keeps and what was held back. */
    deleteOrphans: call(full, [jobId], nothing),
  },
  tasks: {
    list: call(monitor, [jobId], listOf(taskReport)),
    /** Resolves with the task's id when its marker is durable. */
    queue: call(full, [jobId, newTask], z.string()),
  },
  snapshots: {
    list: call(monitor, [jobId], listOf(snapshotReport)),
    /** `SNAPSHOT-NOT-NOW` for one that is not manual, while the data is not good. */
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
  },
  dns: {
    servers: call(monitor, [], listOf(dnsServerReport)),
    addServer: call(full, [named(dnsServerSpecification)], nothing),
    removeServer: call(full, [name], nothing),
    /** Updates A and, where a reverse zone is configured, PTR. */
    update: call(full, [dnsChange], nothing),
  },
  live: {
    /** The paths that this server has taken over; they outlive their jobs. */
    list: call(monitor, [], listOf(livePathReport)),
    /**
     * The next job may mirror over the path (a byte string), behind a snapshot of it. Only from the server's own home: the word
     * of a peer, which may be the old source, does not suffice. `LIVE-PATH-UNKNOWN`.
     */
    release: call(owner, [z.string()], nothing),
  },
  schedules: {
    list: call(monitor, [], listOf(scheduleReport)),
    add: call(full, [named<ScheduleSpecification>(scheduleSpecification)], nothing),
    remove: call(full, [name], nothing),
  },
  // What its operator looks after. A server inside a run has no configuration: `CONFIGURATION-NONE`.
  settings: {
    /** As `server.json` says; what the command line of its start said otherwise is not in it. */
    list: call(monitor, [], listOf(settingReport)),
    /** The name of the setting and its value. From the next start on. `SETTING-UNKNOWN`, `SETTING-FIXED`, `SETTING-INVALID`. */
    change: call(full, [name, z.string()], nothing),
  },
  accounts: {
    list: call(monitor, [], listOf(accountReport)),
    /** Replaces one of the same name; holds at once. */
    add: call(full, [newName, secret, accountAccess], nothing),
    remove: call(full, [user], nothing),
  },
  credentials: {
    list: call(monitor, [], listOf(credentialReport)),
    /** Replaces one of the same name. */
    set: call(full, [newName, secret], nothing),
    /** Rejects when there is none of this name, or it cannot be opened. */
    test: call(full, [name], nothing),
    remove: call(full, [name], nothing),
  },
};
