// The shapes (zod) of what a server tells of its jobs. They may hold fields that this program does not know yet (a newer
// server); these are dropped.
import { z } from 'zod';
import { mirrorStatuses, orphanChoices, replicationStatuses, targetDataStates, transmitModes } from '../job.ts';
import { captureWishes } from '../promise.ts';
import {
  differenceVerdicts,
  healths,
  type JobReport,
  type SnapshotReport,
  snapshotStates,
  type VerifyReport,
} from '../report.ts';
import { askedSnapshotTypes, snapshotTypes } from '../stream/marker.ts';
import { failoverReport } from './failover-shapes.ts';
import { jobRoots, mirrorMethod } from './job-shapes.ts';
import { byteString, count, time } from './plain-shapes.ts';
import { compressionLevel, limitOverride, limitSettings } from './transmission-shapes.ts';

const progressReport = z.object({
  doneBytes: count,
  totalBytes: count.nullable(),
  doneFiles: count,
  totalFiles: count.nullable(),
});

export const jobReport: z.ZodType<JobReport> = z.object({
  jobId: z.string(),
  number: count,
  name: z.string(),
  role: z.enum(['source', 'target']),
  replicationSet: z.string(),
  source: z.string(),
  target: z.string(),
  roots: jobRoots,
  health: z.enum(healths),
  revision: count,
  mirror: z.object({
    status: z.enum(mirrorStatuses),
    method: mirrorMethod,
    percent: z.number().nullable(),
    remainingBytes: count.nullable(),
    skippedBytes: count,
    sentBytes: count,
    transmittedBytes: count,
    queuedBytes: count,
    completed: count,
    progress: progressReport.exactOptional(),
  }),
  replication: z.object({
    status: z.enum(replicationStatuses),
    sentBytes: count,
    transmittedBytes: count,
    queuedBytes: count,
    queuedOperations: count,
  }),
  transmit: z.object({ mode: z.enum(transmitModes) }),
  line: z
    .object({
      route: z.string(),
      compression: compressionLevel,
      bytesPerSecond: count.nullable(),
      limit: limitSettings,
      override: limitOverride.nullable(),
    })
    .exactOptional(),
  options: z
    .object({
      revision: count,
      name: z.string(),
      mirrorMethod,
      orphans: z.enum(orphanChoices),
      capture: z.enum(captureWishes).exactOptional(),
    })
    .exactOptional(),
  targetState: z.enum(targetDataStates),
  memoryQueueBytes: count,
  diskQueueBytes: count,
  behindSinceMs: time.nullable().exactOptional(),
  verification: z
    .object({
      running: progressReport.nullable(),
      last: z.object({ finishedMs: time, differences: count }).nullable(),
    })
    .exactOptional(),
  revert: progressReport.exactOptional(),
  establishedMs: time,
  connectedSinceMs: time.nullable(),
  sequence: z.object({ head: count, durable: count, applied: count }),
  streamId: z.string(),
  epoch: count,
  failedOver: z.boolean(),
  additional: z.string(),
  notOpen: z.string().exactOptional(),
  failover: failoverReport.nullable(),
  leftOut: z.array(z.string()).readonly().exactOptional(),
  remarks: z.array(z.string()).readonly().exactOptional(),
  witnessed: z.literal(true).exactOptional(),
  diagnosis: z.object({ file: z.string(), estimate: z.array(z.string()).readonly() }).exactOptional(),
  // A server of an earlier version does not tell.
  surplus: count.default(0),
  promise: z.string(),
});

export const verifyReport: z.ZodType<VerifyReport> = z.object({
  jobId: z.string(),
  startedMs: time,
  finishedMs: time,
  directoriesCompared: count,
  directoriesMissing: count,
  filesCompared: count,
  filesMissing: count,
  filesDifferent: count,
  filesUnsettled: count,
  surplus: count,
  refused: count.exactOptional(),
  surplusKept: count.default(0),
  filesRemirrored: count,
  bytesCompared: count,
  bytesDifferent: count,
  bytesMissing: count,
  differences: z.array(
    z.object({
      path: byteString,
      verdict: z.enum(differenceVerdicts),
      bytesOutOfSync: count,
      attributes: z.array(z.string()),
    }),
  ),
  logPath: z.string(),
});

export const askedSnapshotType = z.enum(askedSnapshotTypes);

export const snapshotReport: z.ZodType<SnapshotReport> = z.object({
  snapshotId: z.string(),
  jobId: z.string(),
  name: z.string(),
  type: z.enum(snapshotTypes),
  takenMs: time,
  sequence: count,
  state: z.enum(snapshotStates),
});
