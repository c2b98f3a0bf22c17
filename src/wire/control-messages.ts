// The messages between servers that carry no operations: greeting, acknowledgements, heartbeats, questions about the replica,
// notices. JSON, each checked by its schema on the way in; unknown keys are refused, since the version was agreed before (DESIGN.md).
import { z } from 'zod';
import { isRawPath, type RawPath } from '../base/raw-path.ts';
import type { FolderPlace } from '../model/folder-place.ts';
import { targetDataStates } from '../model/job.ts';
import { captureModes } from '../model/promise.ts';
import { deviceNodePolicies, setIdPolicies } from '../model/replica-policy.ts';
import { jobIdentifier, jobOptions, jobSpecification } from '../model/shapes/job-shapes.ts';
import { byteString, count } from '../model/shapes/plain-shapes.ts';
import { taskReportFields } from '../model/shapes/task-shapes.ts';
import { decodeJson } from './records/json-payload.ts';

/** The versions of the wire this program speaks, lowest and highest. */
export const wireVersions = [2, 4] as const;

/** From this version on operations travel in parts, and writes may be large. */
export const partsSince = 3;
/** From this version on both sides agree on the options of a job. */
export const optionsSince = 4;
/** From this version on a target can be told that a task is cancelled. */
export const cancelSince = 4;
/** From this version on a fenced source may ask whether its failover was undone. */
export const undoVersion = 4;

/** 64 bits as 16 hexadecimal digits. */
const checksum = z.codec(z.string().regex(/^[0-9a-f]{16}$/), z.bigint(), {
  decode: (text) => BigInt(`0x${text}`),
  encode: (value) => value.toString(16).padStart(16, '0'),
});

const streamPosition = z.strictObject({ streamId: z.string().min(1), sequence: count, checksum });

const folderPlace = z.strictObject({
  path: byteString,
  ignoresSetId: z.boolean(),
  regions: z
    .array(
      z.strictObject({
        fileSystem: z.string(),
        path: byteString,
        at: z.custom<RawPath>((at) => isRawPath(String(at))),
      }),
    )
    .readonly(),
}) satisfies z.ZodType<FolderPlace>;

/** Source to target, the first frame of a link. */
export const helloSchema = z.strictObject({
  /** Lowest and highest version of the wire that the sender speaks. */
  versions: z.tuple([count, count]),
  jobId: jobIdentifier,
  epoch: count,
  job: jobSpecification,
  streamId: z.string().min(1),
  sourceName: z.string().min(1),
  /** On which machine the source runs, and where its folders are there: for a target on the same one. */
  machine: z
    .strictObject({
      id: z.string().min(1),
      /** One for each root. */
      workload: z.array(folderPlace).readonly(),
      home: folderPlace,
    })
    .exactOptional(),
  /** How the source learns of changes; what may be promised of the replica follows from it (model/promise.ts). */
  capture: z.enum(captureModes),
  /**
   * From a source that is fenced, to a target of version 4 or newer: it asks whether the failover was undone (`waiting`), or says that
   * its operator has given the job up. It is always refused.
   */
  fenced: z.enum(['waiting', 'given up']).exactOptional(),
});
export type Hello = z.output<typeof helloSchema>;

/** The target's answer: what it speaks, and how far it is. */
export const welcomeSchema = z.strictObject({
  version: count,
  epoch: count,
  /** The last durable place of the target's queue; null when it belongs to no stream. */
  position: streamPosition.nullable(),
  /** Sequence of the last applied operation of that stream. */
  applied: count,
  state: z.enum(targetDataStates),
  /** To a source on the same machine: the folders that this server writes to, which are no part of any workload. */
  ownFolders: z.array(folderPlace).readonly().exactOptional(),
  policy: z
    .strictObject({
      deviceNodes: z.enum(deviceNodePolicies),
      setId: z.enum(setIdPolicies),
      /** Whether a program in a replica would run with its set-id bits. */
      honoursSetId: z.boolean(),
    })
    .exactOptional(),
  /** The options of the job as the target has them, when they were edited. To a source of version 4. */
  options: jobOptions.exactOptional(),
});
export type Welcome = z.output<typeof welcomeSchema>;

export const refuseSchema = z.strictObject({
  /** Stable, upper case with hyphens, as Failure.code. */
  code: z.string().min(1),
  reason: z.string(),
  hint: z.string(),
  /** The epoch that holds, when that is why. */
  epoch: count.exactOptional(),
  /** The newest version that the target speaks; only to a source of version 4 or newer. */
  version: count.exactOptional(),
});

/** Target to source: sequences of the stream; everything up to each of them is durable, or applied. */
export const acknowledgeSchema = z.strictObject({ durable: count, applied: count });
export type Acknowledge = z.output<typeof acknowledgeSchema>;

/** What a source says of its stream about once a second, so that a target can tell what it did not receive. */
const heartbeatSchema = z.strictObject({
  /** Sequence of the last operation made, and the source's wall time at that moment. */
  head: count,
  wallMs: count,
  /** Bytes of the stream that the target has not acknowledged. */
  queuedBytes: count,
});
export type Heartbeat = z.output<typeof heartbeatSchema>;

/** A question about the replica. It is answered when the target has applied everything up to `after`. */
export const requestSchema = z.discriminatedUnion('type', [
  z.strictObject({
    type: z.literal('list'),
    id: count,
    after: count,
    root: count,
    path: byteString,
    hashed: z.boolean(),
    /** Index of the first entry wanted: a large directory is told in parts. */
    from: count,
  }),
  z.strictObject({
    type: z.literal('hashes'),
    id: count,
    after: count,
    root: count,
    path: byteString,
    first: count,
    count,
  }),
]);
export type ReplicaRequest = z.output<typeof requestSchema>;

/** What one side tells the other unasked. */
export const noticeSchema = z.discriminatedUnion('type', [
  z.strictObject({ type: z.literal('task'), report: z.strictObject(taskReportFields) }),
  /** After a welcome the target has told all it knows of tasks: what the source still takes for queued there never arrived. */
  z.strictObject({ type: z.literal('tasks-told') }),
  /** The replica was not as an operation needs it; the source sends this subtree again. */
  z.strictObject({ type: z.literal('mismatch'), root: count, path: byteString, reason: z.string() }),
  /** Source to target: the subtree will be sent again; until it says so the target repeats the mismatch on every link. */
  z.strictObject({ type: z.literal('mismatch-taken'), root: count, path: byteString }),
  z.strictObject({
    type: z.literal('event'),
    id: count,
    parameters: z.record(z.string(), z.union([z.string(), z.number()])),
  }),
  /** The target takes nothing more for now (its queue is full, or a person paused it), or does again. */
  z.strictObject({ type: z.literal('paused'), reason: z.string() }),
  z.strictObject({ type: z.literal('resumed') }),
  /** A newer epoch holds: the receiver must stop. */
  z.strictObject({ type: z.literal('fenced'), epoch: count }),
  /**
   * Target to source: the state of the replica's data; `mirrors` counts those that completed on the target, `kept` the places
   * that were there before the first one and stay, null while they were not told; `unread` is as the source last said.
   */
  z.strictObject({
    type: z.literal('state'),
    state: z.enum(targetDataStates),
    mirrors: count,
    kept: count.nullable(),
    unread: count,
  }),
  /** Target to source: bring everything into the stream, end it, and capture nothing more (a planned failover). */
  z.strictObject({ type: z.literal('finish') }),
  /** Source to target: the job is given up; the replica stays. */
  z.strictObject({ type: z.literal('forget') }),
  /** Target to source: the stream stands at this task, which asks for a verification; and the answer to it. */
  z.strictObject({ type: z.literal('verify-asked'), taskId: z.string().min(1) }),
  z.strictObject({ type: z.literal('verify-done'), taskId: z.string().min(1), good: z.boolean(), text: z.string() }),
  /** Source to target: so many differences were found by the last verification; on every link until a mirror has completed. */
  z.strictObject({ type: z.literal('verified'), differences: count }),
  /** Source to target, of version 4: the task will not run at these points, whether or not it has come there; what runs of it is ended. */
  z.strictObject({
    type: z.literal('task-cancel'),
    taskId: z.string().min(1),
    name: z.string(),
    points: z.array(z.enum(['onreceive', 'onexecute'])),
  }),
  /** Source to target: so many objects of the workload could not be read, and their copies are stale. */
  z.strictObject({ type: z.literal('unread'), unread: count }),
  /** Source to target: the options of the job. To a target of version 4. */
  z.strictObject({ type: z.literal('options'), options: jobOptions }),
]);
export type Notice = z.output<typeof noticeSchema>;

/** The payload of a message that the schema allows; one it does not allow is our defect and throws. */
export function encodeControl<T>(schema: z.ZodType<T>, message: T): Buffer {
  return Buffer.from(JSON.stringify(z.encode(schema, message)), 'utf8');
}

/** The payload of a heartbeat. They come all the time, on every link, so this does without the schema: its types say as much. */
export function encodeHeartbeat({ head, wallMs, queuedBytes }: Heartbeat): Buffer {
  return Buffer.from(`{"head":${head},"wallMs":${wallMs},"queuedBytes":${queuedBytes}}`, 'latin1');
}

const usualHeartbeat = /^\{"head":(\d{1,15}),"wallMs":(\d{1,15}),"queuedBytes":(\d{1,15})\}$/;

/** What `encodeHeartbeat` writes is read as quickly; anything else as every message. Throws WireFailure. */
export function decodeHeartbeat(payload: Buffer): Heartbeat {
  const usual = usualHeartbeat.exec(payload.toString('latin1'));
  if (usual === null) return decodeControl(heartbeatSchema, payload, 'heartbeat');
  return { head: Number(usual[1]), wallMs: Number(usual[2]), queuedBytes: Number(usual[3]) };
}

/** Throws WireFailure. `subject` names the message. */
export function decodeControl<T>(schema: z.ZodType<T>, payload: Uint8Array, subject: string): T {
  return decodeJson(schema, payload, subject);
}
