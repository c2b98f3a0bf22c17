// The records of an inotify queue, as inotify(7) describes them. Pure.
//
//   s32 watch · u32 mask · u32 cookie · u32 length of the name · name NUL …

export const ino = {
  modify: 0x2,
  attributes: 0x4,
  closeWrite: 0x8,
  movedFrom: 0x40,
  movedTo: 0x80,
  create: 0x100,
  delete: 0x200,
  deleteSelf: 0x400,
  moveSelf: 0x800,
  unmounted: 0x2000,
  overflow: 0x4000,
  ignored: 0x8000,
  onlyFolder: 0x1000000,
  dontFollow: 0x2000000,
  addToMask: 0x20000000,
  folder: 0x40000000,
} as const;

export interface InotifyRecord {
  readonly watch: number;
  readonly mask: number;
  /** The same in the two halves of a rename. */
  readonly cookie: number;
  /** Empty for the watched folder itself. */
  readonly name: string;
}

export function* inotifyRecords(buffer: Buffer, length: number): Generator<InotifyRecord> {
  let offset = 0;
  while (offset < length) {
    const start = offset + 16;
    const end = start + buffer.readUInt32LE(offset + 12);
    const terminator = buffer.indexOf(0, start);
    yield {
      watch: buffer.readInt32LE(offset),
      mask: buffer.readUInt32LE(offset + 4),
      cookie: buffer.readUInt32LE(offset + 8),
      name: end === start ? '' : buffer.toString('latin1', start, Math.min(terminator, end)),
    };
    offset = end;
  }
}
