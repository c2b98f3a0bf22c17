// Which kind of object a mode stands for (inode(7)).
import type { ObjectKind } from '../../model/stream/attributes.ts';

const typeBits = 0o170000;

const kinds = new Map<number, ObjectKind>([
  [0o100000, 'file'],
  [0o040000, 'directory'],
  [0o120000, 'symlink'],
  [0o010000, 'fifo'],
  [0o140000, 'socket'],
  [0o020000, 'character'],
  [0o060000, 'block'],
]);

/** What a mode says that an object is. */
export function kindOf(mode: number): ObjectKind {
  return kinds.get(mode & typeBits) ?? 'file';
}
