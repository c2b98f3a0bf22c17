// The records of a fanotify group with FAN_REPORT_DFID_NAME_TARGET, as fanotify(7) describes them. Pure.
//
//   event   u32 length · u8 version · u8 · u16 header length · u64 mask · s32 descriptor · s32 process
//   then    u8 type · u8 · u16 length · 8 bytes file system id · u32 handle length · s32 handle type · handle · name NUL …
//
// A folder or file is identified by its key: file system id and handle as one byte string.

export const fan = {
  modify: 0x2,
  attributes: 0x4,
  closeWrite: 0x8,
  create: 0x100,
  delete: 0x200,
  overflow: 0x4000,
  rename: 0x10000000,
  folder: 0x40000000,
} as const;

const headerBytes = 24;
const fileSystemIdBytes = 8;
const info = { object: 1, nameInFolder: 2, folder: 3, oldName: 10, newName: 12 } as const;

export interface NameInFolder {
  readonly folder: string;
  /** `.` for the folder itself. */
  readonly name: string;
}

export interface FanotifyRecord {
  readonly mask: number;
  /** Where it happened; undefined for an object without a known folder. Of a rename, the old name. */
  readonly at: NameInFolder | undefined;
  /** Of a rename, the new name. */
  readonly to: NameInFolder | undefined;
  /** The object, for files and for what is created, removed and renamed. */
  readonly object: string | undefined;
}

/** The records in the first `length` bytes; `skip` is asked with a folder's key whether its records are of no interest. */
export function* fanotifyRecords(
  buffer: Buffer,
  length: number,
  skip: (folder: string) => boolean,
): Generator<FanotifyRecord> {
  let offset = 0;
  while (offset < length) {
    const end = offset + buffer.readUInt32LE(offset);
    const mask = buffer.readUInt32LE(offset + 8);
    const first = offset + headerBytes;
    const plain = first < end && buffer[first] === info.nameInFolder;
    if (!plain || !skip(keyAt(buffer, first))) yield parseRecord(buffer, mask, first, end);
    offset = end;
  }
}

export function keyOf(fileSystemId: string, handle: Buffer): string {
  return fileSystemId + handle.toString('latin1');
}

export function fileSystemOf(key: string): string {
  return key.slice(0, fileSystemIdBytes);
}

export function handleIn(key: string): Buffer {
  return Buffer.from(key.slice(fileSystemIdBytes), 'latin1');
}

function parseRecord(buffer: Buffer, mask: number, first: number, end: number): FanotifyRecord {
  let at: NameInFolder | undefined;
  let to: NameInFolder | undefined;
  let object: string | undefined;
  for (let offset = first; offset < end; ) {
    const type = buffer[offset];
    const next = offset + buffer.readUInt16LE(offset + 2);
    if (type === info.object) object = keyAt(buffer, offset);
    else if (type === info.newName) to = nameAt(buffer, offset, next);
    else if (type === info.nameInFolder || type === info.oldName) at = nameAt(buffer, offset, next);
    else if (type === info.folder) at = { folder: keyAt(buffer, offset), name: '.' };
    offset = next;
  }
  return { mask, at, to, object };
}

function handleEnd(buffer: Buffer, offset: number): number {
  return offset + 20 + buffer.readUInt32LE(offset + 12);
}

function keyAt(buffer: Buffer, offset: number): string {
  return buffer.toString('latin1', offset + 4, handleEnd(buffer, offset));
}

function nameAt(buffer: Buffer, offset: number, end: number): NameInFolder {
  const start = handleEnd(buffer, offset);
  const terminator = buffer.indexOf(0, start);
  return { folder: keyAt(buffer, offset), name: buffer.toString('latin1', start, Math.min(terminator, end)) };
}
