// Puts back the bytes, sizes and attributes that a view holds, once all objects are back in their places.
import type { OpenFile } from '../../ports/files.ts';
import type { Storage } from '../../ports/storage.ts';
import type { Identity } from '../apply/replica/identity.ts';
import { setAllAttributes } from '../apply/replica/object-attributes.ts';
import { withOwnerAccess } from '../apply/replica/owner-access.ts';
import type { Location, Locations } from './locations.ts';
import { BlockSet, blockBytes } from './undo/recorded-objects.ts';
import type { BytesRecord, UndoRecord, ZerosRecord } from './undo/undo-records.ts';
import { readSegments } from './undo/undo-segment.ts';
import type { ObjectState, UndoView } from './undo/undo-view.ts';

export interface RestoreOptions {
  readonly view: UndoView;
  readonly locations: Locations;
  readonly storage: Storage;
  readonly folder: string;
  readonly segments: readonly number[];
}

export async function restoreContents(options: RestoreOptions): Promise<void> {
  const { view, locations } = options;
  await restoreBytes(options);
  for (const [object, state] of view.objects) {
    const location = locations.of(object);
    if (location?.area.inReplica) await restoreState(location, state);
  }
}

async function restoreBytes({ view, locations, storage, folder, segments }: RestoreOptions): Promise<void> {
  /** By file, the blocks that an earlier record has put back already. */
  const restored = new Map<Identity, BlockSet>();
  let open: { readonly object: Identity; readonly file: OpenFile } | undefined;
  const receive = async (record: UndoRecord): Promise<void> => {
    if (record.type !== 'bytes' && record.type !== 'zeros') return;
    const { object } = record;
    const state = view.objects.get(object);
    const location = locations.of(object);
    if (!state || location?.kind !== 'file' || !location.area.inReplica) return;
    if (open?.object !== object) {
      await open?.file.close();
      open = undefined;
      open = { object, file: await openForRestoring(location) };
    }
    const blocks = restored.get(object) ?? new BlockSet();
    restored.set(object, blocks);
    await restore(open.file, record, blocks, state.size);
  };
  try {
    await readSegments(storage, folder, segments, receive);
  } finally {
    await open?.file.close();
  }
}

const zerosAtOnceMax = 16 * 2 ** 20;

function openForRestoring({ area, path }: Location): Promise<OpenFile> {
  return withOwnerAccess(
    area.tree,
    [path],
    'contents',
    (one) => one,
    () => area.tree.open(path, 'write'),
  );
}

/** Of a long row of zeros only what holds data now has to be put back. */
async function restore(
  file: OpenFile,
  record: BytesRecord | ZerosRecord,
  blocks: BlockSet,
  sizeMax: number,
): Promise<void> {
  if (record.type === 'bytes' || record.length <= zerosAtOnceMax) return restoreRange(file, record, blocks, sizeMax);
  const { type, object, offset, length } = record;
  const end = offset + length;
  for (let data = await file.nextData(offset); data && data.offset < end; data = await file.nextData(data.offset)) {
    const from = Math.floor(data.offset / blockBytes) * blockBytes;
    const to = Math.min(end, from + zerosAtOnceMax, data.offset + data.length);
    await restoreRange(file, { type, object, offset: from, length: to - from }, blocks, sizeMax);
    data = { offset: to, length: 0 };
  }
  blocks.addRange(offset / blockBytes, Math.ceil(end / blockBytes));
}

/** Block by block only where a part was put back already, which is rare; otherwise in one go. */
async function restoreRange(
  file: OpenFile,
  record: BytesRecord | ZerosRecord,
  blocks: BlockSet,
  sizeMax: number,
): Promise<void> {
  const end = Math.min(record.offset + (record.type === 'bytes' ? record.data.length : record.length), sizeMax);
  let start: number | undefined;
  for (let at = record.offset; at < end; at += blockBytes) {
    const block = at / blockBytes;
    if (!blocks.has(block)) {
      start ??= at;
      blocks.add(block);
    } else if (start !== undefined) {
      await put(file, record, start, at);
      start = undefined;
    }
  }
  if (start !== undefined) await put(file, record, start, end);
}

async function put(file: OpenFile, record: BytesRecord | ZerosRecord, from: number, to: number): Promise<void> {
  if (record.type === 'bytes') {
    await file.write(from, record.data.subarray(from - record.offset, to - record.offset));
    return;
  }
  // What lies behind the end becomes a hole when the size is set.
  const end = Math.min(to, (await file.status()).size);
  if (end > from) await file.punch(from, end - from);
}

async function restoreState({ area, path }: Location, { size, attributes }: ObjectState): Promise<void> {
  const { tree } = area;
  const own = (one: typeof path): typeof path | undefined => (one === path ? undefined : one);
  await withOwnerAccess(tree, [path], 'contents', own, async () => {
    const status = await tree.status(path);
    if (status === undefined) return;
    if (status.kind === 'file' && status.size !== size) {
      const file = await tree.open(path, 'write');
      try {
        await file.truncate(size);
      } finally {
        await file.close();
      }
    }
    await setAllAttributes(tree, path, status, attributes);
  });
}
