// `snapshots.json`: which snapshots are held, with the segments of their intervals (DESIGN.md). The transitions are pure:
// one has happened when its result is stored.
import { z } from 'zod';
import { Failure } from '../../base/failure.ts';
import { type SnapshotType, snapshotTypes } from '../../model/stream/marker.ts';
import type { StreamPosition } from '../../model/stream/position.ts';

export interface Snapshot {
  readonly id: string;
  readonly name: string;
  readonly type: SnapshotType;
  /** Where in the stream the replica stood. */
  readonly position: StreamPosition;
  readonly takenMs: number;
}

export interface HeldSnapshot {
  readonly snapshot: Snapshot;
  /** Of the interval that begins with it; the last one of the newest snapshot is written to. */
  readonly segments: readonly number[];
}

export interface SnapshotList {
  /** Oldest first. */
  readonly held: readonly HeldSnapshot[];
  readonly nextSegment: number;
  /** Id of the snapshot that the replica is being reverted to. */
  readonly reverting?: string;
  /** What the last revert led to, until its caller has acted on it. */
  readonly reverted?: Snapshot;
}

/** Guide, facts section 16: snapshots that clients cannot open; at the limit the oldest is deleted for the new one. */
export const snapshotsMax = 512;

export const emptyList: SnapshotList = { held: [], nextSegment: 1 };

/** A job keeps one automatic snapshot: a new one replaces it. */
export function withSnapshot(list: SnapshotList, snapshot: Snapshot): SnapshotList {
  const replaced =
    snapshot.type === 'automatic' ? list.held.find((one) => one.snapshot.type === 'automatic') : undefined;
  let room = replaced ? withoutSnapshot(list, replaced.snapshot.id) : list;
  for (let oldest = room.held[0]; oldest && room.held.length >= snapshotsMax; oldest = room.held[0]) {
    room = withoutSnapshot(room, oldest.snapshot.id);
  }
  const held = [...room.held, { snapshot, segments: [room.nextSegment] }];
  return { ...room, held, nextSegment: room.nextSegment + 1 };
}

/** Its interval goes to the snapshot before it, or away if there is none. */
export function withoutSnapshot(list: SnapshotList, id: string): SnapshotList {
  const index = list.held.findIndex((one) => one.snapshot.id === id);
  const removed = list.held[index];
  if (removed === undefined) return list;
  const held = list.held
    .map((one, at) => (at === index - 1 ? { ...one, segments: [...one.segments, ...removed.segments] } : one))
    .filter((one) => one !== removed);
  return { ...list, held };
}

/** After a revert: the snapshot is the newest one, and nothing has changed since. */
export function revertedTo(list: SnapshotList, id: string): SnapshotList {
  const { reverting: _, ...rest } = list;
  const index = list.held.findIndex((one) => one.snapshot.id === id);
  const target = list.held[index];
  if (target === undefined) return rest;
  const held = [...list.held.slice(0, index), { ...target, segments: [list.nextSegment] }];
  return { held, nextSegment: list.nextSegment + 1, reverted: target.snapshot };
}

const version = 1;

const snapshotSchema = z.object({
  id: z.string(),
  name: z.string(),
  type: z.enum(snapshotTypes),
  position: z.object({
    streamId: z.string(),
    sequence: z.int().nonnegative(),
    checksum: z
      .string()
      .regex(/^\d{1,20}$/)
      .transform((text) => BigInt(text)),
  }),
  takenMs: z.number(),
});

const schema = z.object({
  version: z.literal(version),
  held: z.array(z.object({ snapshot: snapshotSchema, segments: z.array(z.int().positive()).min(1) })),
  nextSegment: z.int().positive(),
  reverting: z.string().optional(),
  reverted: snapshotSchema.optional(),
});

export function encodeSnapshotList(list: SnapshotList): Buffer {
  const text = JSON.stringify(
    { version, ...list },
    (_key, value) => (typeof value === 'bigint' ? String(value) : value),
    2,
  );
  return Buffer.from(`${text}\n`);
}

/** Throws Failure SNAPSHOTS-UNREADABLE or SNAPSHOTS-NEWER. */
export function decodeSnapshotList(bytes: Buffer, name: string): SnapshotList {
  const refuse = (code: string, reason: string, hint: string): never => {
    throw new Failure({ code, operation: 'read the list of snapshots', subject: name, reason, hint });
  };
  const lost = 'its snapshots are lost: delete the job and create it again';
  let json: unknown;
  try {
    json = JSON.parse(bytes.toString('utf8'));
  } catch {
    return refuse('SNAPSHOTS-UNREADABLE', 'it is not JSON', lost);
  }
  const found = z.object({ version: z.int() }).safeParse(json).data?.version;
  if (found !== undefined && found > version) {
    const reason = `it has version ${found}, this program knows ${version}`;
    return refuse('SNAPSHOTS-NEWER', reason, 'install the newer program');
  }
  const { data, error } = schema.safeParse(json);
  if (error) return refuse('SNAPSHOTS-UNREADABLE', z.prettifyError(error), lost);
  const { held, nextSegment, reverting, reverted } = data;
  return { held, nextSegment, ...(reverting && { reverting }), ...(reverted && { reverted }) };
}
