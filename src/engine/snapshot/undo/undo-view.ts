// What a snapshot looked like, as far as anything has changed since: the union of the segments from its own to the newest,
// the earliest record for a key winning (DESIGN.md). Bytes stay in the journal; they are read when they are put back.
import type { ObjectAttributes } from '../../../model/stream/attributes.ts';
import type { Storage } from '../../../ports/storage.ts';
import type { Identity } from '../../apply/replica/identity.ts';
import type { UndoRecord } from './undo-records.ts';
import { readSegments } from './undo-segment.ts';

export interface EntryState {
  readonly directory: Identity;
  readonly name: string;
  /** undefined: nothing had this name. */
  readonly object: Identity | undefined;
}

export interface ObjectState {
  readonly size: number;
  readonly attributes: ObjectAttributes;
}

export interface UndoView {
  /** In the order in which they were first touched. */
  readonly entries: readonly EntryState[];
  readonly objects: ReadonlyMap<Identity, ObjectState>;
  /** Made after the snapshot, as far as is known. */
  readonly born: ReadonlySet<Identity>;
}

export async function readView(storage: Storage, folder: string, segments: readonly number[]): Promise<UndoView> {
  const entries = new Map<string, EntryState>();
  const objects = new Map<Identity, ObjectState>();
  const born = new Set<Identity>();
  const receive = (record: UndoRecord): void => {
    switch (record.type) {
      case 'entry': {
        const key = `${record.directory}/${record.name}`;
        if (born.has(record.directory) || entries.has(key)) return;
        const { directory, name } = record;
        const object = record.object && !born.has(record.object) ? record.object : undefined;
        entries.set(key, { directory, name, object });
        return;
      }
      case 'object':
        if (!born.has(record.object) && !objects.has(record.object)) objects.set(record.object, record);
        return;
      case 'born':
        born.add(record.object);
        return;
      default:
    }
  };
  await readSegments(storage, folder, segments, receive);
  return { entries: [...entries.values()], objects, born };
}
