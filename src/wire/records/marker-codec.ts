// Markers travel as JSON inside their record: there are few of them, and a person can read them in a queue's log.
import { z } from 'zod';
import { isRawPath, type RawPath } from '../../base/raw-path.ts';
import { streamTask } from '../../model/shapes/task-shapes.ts';
import { type Marker, mirrorMethods, mirrorOutcomes, snapshotTypes } from '../../model/stream/marker.ts';
import { decodeJson } from './json-payload.ts';

function isPath(value: unknown): boolean {
  return typeof value === 'string' && isRawPath(value);
}

const marker: z.ZodType<Marker> = z.discriminatedUnion('type', [
  z.strictObject({
    type: z.literal('mirror-begin'),
    mirrorId: z.string().min(1),
    method: z.enum(mirrorMethods),
  }),
  z.strictObject({
    type: z.literal('mirror-end'),
    mirrorId: z.string().min(1),
    outcome: z.enum(mirrorOutcomes),
  }),
  z.strictObject({
    type: z.literal('task'),
    task: streamTask,
  }),
  z.strictObject({
    type: z.literal('snapshot'),
    snapshotId: z.string().min(1),
    name: z.string(),
    snapshotType: z.enum(snapshotTypes),
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
