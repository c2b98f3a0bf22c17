// The shapes of everything that crosses the API, as zod schemas. Each is held to the type of the model by the compiler:
// a field that the model gains and this file lacks does not compile, nor does the reverse.
//
// What a caller sends is parsed strictly: an unknown field is an error. What a server answers may hold fields that this
// program does not know yet (a newer server); they are dropped.
import { z } from 'zod';
import { nameFault, serverNameFault } from '../base/given-names.ts';
import { isShallowJson, type JsonValue } from '../base/json-value.ts';
import type { ServerEvent } from '../model/event.ts';
import { type EventId, eventCatalogue } from '../model/event-catalogue.ts';
import type { JobSpecification } from '../model/job.ts';
import { rootsMax, rulesMax } from '../model/job-limits.ts';
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
} from '../model/report.ts';
import { type StreamTask, type TaskAction, type TaskReport, taskPoints } from '../model/stream/task.ts';
import type { DnsServerSpecification, ScheduleReport, ScheduleSpecification } from '../runtime/contract/server.ts';

const count = z.number().int().nonnegative();
const time = z.number();
const port = z.number().int().min(1).max(65_535);

/** A byte string: each character is one byte (base/raw-path.ts). */
// biome-ignore lint/suspicious/noControlCharactersInRegex: every byte is meant.
const bytes = z.string().regex(/^[\x00-\xff]*$/, 'must be a byte string');

/** Of something that is made by this call; what is there may have a name of before (base/given-names.ts). */
const isName = (text: string): boolean => nameFault(text) === undefined;
export const newName = z.string().refine(isName, { error: ({ input }) => nameFault(String(input)) ?? '' });
const serverName = z.string().refine((text) => serverNameFault(text) === undefined, 'must be a server name');

/** The same with a name that something new may have. */
export function named<Named extends { readonly name: string }>(schema: z.ZodType<Named>): z.ZodType<Named> {
  return schema.refine((one) => isName(one.name), {
    error: 'its name has a slash, a control character, or is too long',
  });
}

const method = z.enum(['none', 'attributes-whole', 'attributes-delta', 'data-delta']);
export const mirrorMethod = method;

const roots = z.array(z.strictObject({ source: bytes, replica: bytes }));
const rules = z.array(z.strictObject({ action: z.enum(['include', 'exclude']), root: count, pattern: bytes }));

export const workload: z.ZodType<Pick<JobSpecification, 'roots' | 'rules'>> = z.strictObject({
  roots: roots.max(rootsMax),
  rules: rules.max(rulesMax),
});

export const newJob: z.ZodType<Omit<JobSpecification, 'jobId'>> = z.strictObject({
  name: newName,
  replicationSet: newName,
  sourceServer: serverName,
  targetServer: serverName,
  roots: roots.max(rootsMax),
  rules: rules.max(rulesMax),
  mirrorMethod: method,
  orphans: z.enum(['keep', 'delete']),
});

const actionSchemas = [
  z.strictObject({ type: z.literal('program'), program: z.string(), arguments: z.array(z.string()) }),
  z.strictObject({
    type: z.literal('javascript'),
    names: z.array(z.string().regex(/^[A-Za-z_][A-Za-z0-9_]*$/)),
    body: z.string(),
    values: z.array(z.custom<JsonValue>(isShallowJson)),
  }),
  z.strictObject({ type: z.literal('block'), body: z.string(), bindings: z.string() }),
  z.strictObject({ type: z.literal('snapshot'), name: newName }),
  z.strictObject({ type: z.literal('verify') }),
  z.strictObject({ type: z.literal('failover') }),
  z.strictObject({
    type: z.literal('dns-update'),
    name: z.string(),
    address: z.string(),
    from: z.string().exactOptional(),
    ttlSeconds: count,
  }),
] as const;
const action: z.ZodType<TaskAction> = z.discriminatedUnion('type', actionSchemas);

export const newTask: z.ZodType<Omit<StreamTask, 'taskId'>> = z.strictObject({
  name: newName,
  actions: z.strictObject({
    onqueue: action.exactOptional(),
    ontransmit: action.exactOptional(),
    onreceive: action.exactOptional(),
    onexecute: action.exactOptional(),
  }),
  timeoutMs: z.number().nonnegative().nullable(),
  onTimeout: z.literal('kill').exactOptional(),
});

const failoverType = z.enum(['live', 'test', 'snapshot']);
const failoverQueue = z.enum(['apply', 'discard', 'revert']);

export const failoverOptions: z.ZodType<FailoverOptions> = z.strictObject({
  type: failoverType,
  snapshotId: z.string().exactOptional(),
  queue: failoverQueue,
});

export const dnsChange: z.ZodType<DnsChange> = z.strictObject({
  name: z.string(),
  address: z.string(),
  from: z.string().exactOptional(),
  ttlSeconds: count,
});

const algorithm = z.enum(['hmac-sha256', 'hmac-sha384', 'hmac-sha512']);

export const dnsServerSpecification: z.ZodType<DnsServerSpecification> = z.strictObject({
  name: z.string(),
  host: z.string(),
  port,
  zones: z.array(z.string()),
  key: z
    .union([
      z.strictObject({ name: z.string(), algorithm, secret: z.string() }),
      z.strictObject({ name: z.string(), algorithm, credential: z.string() }),
    ])
    .nullable(),
});

export const monitorSpecification: z.ZodType<MonitorSpecification> = z.strictObject({
  name: z.string(),
  jobId: z.string(),
  probe: z.discriminatedUnion('type', [
    z.strictObject({ type: z.literal('service') }),
    z.strictObject({ type: z.literal('tcp'), host: z.string(), port }),
    z.strictObject({ type: z.literal('program'), program: z.string(), arguments: z.array(z.string()) }),
  ]),
  intervalMs: z.number().nonnegative(),
  condition: z.discriminatedUnion('type', [
    z.strictObject({ type: z.literal('total-time'), totalMs: z.number().positive() }),
    z.strictObject({ type: z.literal('failures'), count: z.number().int().positive() }),
  ]),
  waitForUser: z.boolean(),
  failover: failoverOptions,
  dns: z.array(dnsChange),
});

export const scheduleSpecification: z.ZodType<ScheduleSpecification> = z.strictObject({
  name: z.string().min(1),
  cron: z.string(),
  timeZone: z.string(),
  overlap: z.enum(['skip', 'queue', 'allow']),
  body: z.string(),
  bindings: z.string(),
});

export const failoverReport: z.ZodType<FailoverReport> = z.object({
  jobId: z.string(),
  epoch: count,
  startedMs: time,
  finishedMs: time,
  type: failoverType,
  queue: failoverQueue,
  appliedOperations: count,
  discardedOperations: count,
  complete: z.boolean(),
  lossText: z.string(),
  evidence: z.array(z.string()),
});

export const jobReport: z.ZodType<JobReport> = z.object({
  jobId: z.string(),
  number: count,
  name: z.string(),
  role: z.enum(['source', 'target']),
  replicationSet: z.string(),
  source: z.string(),
  target: z.string(),
  roots,
  health: z.enum(['healthy', 'warning', 'error', 'unknown']),
  revision: count,
  mirror: z.object({
    status: z.enum([
      'Calculating',
      'In Progress',
      'Waiting',
      'Idle',
      'Paused',
      'Stopped',
      'Removing Orphans',
      'Verifying',
      'Unknown',
    ]),
    method,
    percent: z.number().nullable(),
    remainingBytes: count.nullable(),
    skippedBytes: count,
    sentBytes: count,
    transmittedBytes: count,
    queuedBytes: count,
    completed: count,
  }),
  replication: z.object({
    status: z.enum(['Replicating', 'Ready', 'Pending', 'Stopped', 'Out of Memory', 'Failed', 'Unknown']),
    sentBytes: count,
    transmittedBytes: count,
    queuedBytes: count,
    queuedOperations: count,
  }),
  transmit: z.object({ mode: z.enum(['Active', 'Paused', 'Scheduled', 'Stopped', 'Error', 'Unknown']) }),
  targetState: z.enum(['OK', 'Mirroring', 'Mirror Required', 'Snapshot Reverted', 'Busy', 'Not Loaded', 'Unknown']),
  diskQueueBytes: count,
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
      path: bytes,
      verdict: z.enum(['different', 'missing', 'surplus', 'unsettled', 'refused']),
      bytesOutOfSync: count,
      attributes: z.array(z.string()),
    }),
  ),
  logPath: z.string(),
});

export const askedSnapshotType = z.enum(['scheduled', 'deferred', 'manual']);

export const snapshotReport: z.ZodType<SnapshotReport> = z.object({
  snapshotId: z.string(),
  jobId: z.string(),
  name: z.string(),
  type: z.enum(['scheduled', 'deferred', 'manual', 'automatic']),
  takenMs: time,
  sequence: count,
  state: z.enum(['good', 'bad']),
});

export const monitorReport: z.ZodType<MonitorReport> = z.object({
  specification: monitorSpecification,
  state: z.enum(['Stopped', 'Monitoring', 'Failover Condition Met', 'Failing Over', 'Failed Over', 'Failover Failed']),
  lastSuccessMs: time.nullable(),
  consecutiveFailures: count,
  evidence: z.array(z.string()),
});

export const dnsServerReport: z.ZodType<DnsServerReport> = z.object({
  name: z.string(),
  host: z.string(),
  port,
  zones: z.array(z.string()),
  keyName: z.string().nullable(),
});

export const serverReport: z.ZodType<ServerReport> = z.object({
  name: z.string(),
  version: z.string(),
  fingerprint: z.string(),
  startedMs: time,
  timeMs: time,
  taskProcessing: z.boolean(),
  jobs: z.array(jobReport),
});

export const taskReport: z.ZodType<TaskReport> = z.object({
  taskId: z.string(),
  name: z.string(),
  point: z.enum(taskPoints),
  state: z.enum(['queued', 'running', 'finished', 'failed', 'detached', 'refused', 'cancelled', 'interrupted']),
  reason: z.string(),
  exitCode: z.number().int().exactOptional(),
  output: z.string().exactOptional(),
  result: z.custom<JsonValue>(isShallowJson).exactOptional(),
});

export const serverEvent: z.ZodType<ServerEvent> = z.object({
  id: z.custom<EventId>((value) => typeof value === 'number' && Object.hasOwn(eventCatalogue, value), 'unknown event'),
  severity: z.enum(['information', 'warning', 'error']),
  timeMs: time,
  message: z.string(),
  jobId: z.string().exactOptional(),
});

export const scheduleReport: z.ZodType<ScheduleReport> = z.object({
  specification: scheduleSpecification,
  nextMs: time.nullable(),
  lastMs: time.nullable(),
  lastOutcome: z.string(),
  missedRuns: count,
  running: count,
});

export const workloadReport: z.ZodType<WorkloadReport> = z.object({ bytes: count, files: count, directories: count });

export const settingReport: z.ZodType<SettingReport> = z.object({
  name: z.string(),
  value: z.string(),
  changeable: z.boolean(),
});

export const accountAccess = z.enum(['none', 'monitor', 'full']);
export const accountReport: z.ZodType<AccountReport> = z.object({ user: z.string(), access: accountAccess });

export const credentialReport: z.ZodType<CredentialReport> = z.object({ name: z.string(), changedMs: time });

export const livePathReport: z.ZodType<LivePathReport> = z.object({
  path: z.string(),
  jobId: z.string(),
  job: z.string(),
  source: z.string(),
  epoch: count,
  sinceMs: time,
  released: z.boolean(),
  movedTo: z.string().exactOptional(),
});
