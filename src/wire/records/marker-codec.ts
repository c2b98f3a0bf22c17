// Markers travel as JSON inside their record: there are few of them, and a person can read them in a queue's log.
import { z } from 'zod';
import { isShallowJson, type JsonValue } from '../../base/json-value.ts';
import { isRawPath, type RawPath } from '../../base/raw-path.ts';
import type { Marker } from '../../model/stream/marker.ts';
import type { TaskAction, TaskPoint } from '../../model/stream/task.ts';
import { decodeJson } from './json-payload.ts';

const taskAction = z.discriminatedUnion('type', [
  z.strictObject({ type: z.literal('program'), program: z.string().min(1), arguments: z.array(z.string()) }),
  z.strictObject({
    type: z.literal('javascript'),
    names: z.array(z.string().regex(/^[A-Za-z_][A-Za-z0-9_]*$/)),
    body: z.string(),
    values: z.array(z.custom<JsonValue>(isShallowJson)),
  }),
  z.strictObject({ type: z.literal('block'), body: z.string(), bindings: z.string() }),
  z.strictObject({ type: z.literal('snapshot'), name: z.string() }),
  z.strictObject({ type: z.literal('verify') }),
  z.strictObject({ type: z.literal('failover') }),
  z.strictObject({
    type: z.literal('dns-update'),
    name: z.string().min(1),
    address: z.string().min(1),
    from: z.string().min(1).exactOptional(),
    ttlSeconds: z.int().nonnegative(),
  }),
]) satisfies z.ZodType<TaskAction>;

function isPath(value: unknown): boolean {
  return typeof value === 'string' && isRawPath(value);
}

const marker: z.ZodType<Marker> = z.discriminatedUnion('type', [
  z.strictObject({
    type: z.literal('mirror-begin'),
    mirrorId: z.string().min(1),
    method: z.enum(['none', 'attributes-whole', 'attributes-delta', 'data-delta']),
  }),
  z.strictObject({
    type: z.literal('mirror-end'),
    mirrorId: z.string().min(1),
    outcome: z.enum(['completed', 'stopped']),
  }),
  z.strictObject({
    type: z.literal('task'),
    task: z.strictObject({
      taskId: z.string().min(1),
      name: z.string(),
      actions: z.strictObject({
        onqueue: taskAction.exactOptional(),
        ontransmit: taskAction.exactOptional(),
        onreceive: taskAction.exactOptional(),
        onexecute: taskAction.exactOptional(),
      } satisfies Record<TaskPoint, unknown>),
      timeoutMs: z.number().nonnegative().nullable(),
      onTimeout: z.literal('kill').exactOptional(),
    }),
  }),
  z.strictObject({
    type: z.literal('snapshot'),
    snapshotId: z.string().min(1),
    name: z.string(),
    snapshotType: z.enum(['scheduled', 'deferred', 'manual', 'automatic']),
  }),
  z.strictObject({ type: z.literal('barrier'), barrierId: z.string().min(1) }),
  z.strictObject({ type: z.literal('end') }),
  z.strictObject({
    type: z.literal('kept'),
    places: z.array(z.strictObject({ root: z.int().nonnegative(), path: z.custom<RawPath>(isPath) })).readonly(),
    first: z.boolean(),
    last: z.boolean(),
  }),
]);

export function encodeMarker(value: Marker): Buffer {
  return Buffer.from(JSON.stringify(value), 'utf8');
}

export function decodeMarker(bytes: Uint8Array): Marker {
  return decodeJson(marker, bytes, 'marker');
}
