// What a tree on a disk in memory holds, as one number and as a list of places; both see what a replica must have: kinds,
// bytes, modes, owners, times, extended attributes, texts of links and which names are one object. Times of folders are left
// out of the number: they change between an operation on an entry and the one that sets them.
import { xxh64 } from '@node-rs/xxhash';
import type { MemoryDisk, MemoryObject } from '../memory-disk.ts';

const contentHashes = new WeakMap<MemoryObject, { readonly revision: number; readonly hash: bigint }>();

/** By path below the root, which is the empty path. */
export function linesOf(
  disk: MemoryDisk,
  root: MemoryObject,
  folders: 'with folder times' | 'without folder times' = 'without folder times',
): Map<string, string> {
  const lines = new Map<string, string>();
  addLines(disk, root, '', lines, new Map());
  if (folders === 'with folder times') {
    for (const [path, line] of lines) {
      const object = disk.find(root, path, 'compare');
      if (object.kind === 'directory') lines.set(path, `${line} ${object.modifiedNs}`);
    }
  }
  return lines;
}

export function fingerprintOf(disk: MemoryDisk, root: MemoryObject): string {
  let text = '';
  for (const [path, line] of linesOf(disk, root)) text += `${path}\0${line}\n`;
  return xxh64(text).toString(16);
}

/** The paths at which two trees differ, in order. */
export function differingPaths(one: ReadonlyMap<string, string>, other: ReadonlyMap<string, string>): string[] {
  const differing = [...one].flatMap(([path, line]) => (other.get(path) === line ? [] : [path]));
  return [...differing, ...[...other.keys()].filter((path) => !one.has(path))].sort();
}

function addLines(
  disk: MemoryDisk,
  object: MemoryObject,
  path: string,
  lines: Map<string, string>,
  names: Map<MemoryObject, string>,
): void {
  const first = names.get(object);
  if (first === undefined) names.set(object, path);
  lines.set(path, `${lineOf(disk, object)}${first === undefined ? '' : ` = ${first}`}`);
  for (const [name, child] of [...object.entries].sort(([left], [right]) => (left < right ? -1 : 1))) {
    addLines(disk, child, path === '' ? name : `${path}/${name}`, lines, names);
  }
}

function lineOf(disk: MemoryDisk, object: MemoryObject): string {
  const { kind, mode, userId, groupId, modifiedNs, content, target, specialDevice, extended } = object;
  const marks = extended.size === 0 ? '' : JSON.stringify(disk.extendedOf(object));
  const owner = `${userId}:${groupId}`;
  if (kind === 'directory') return `directory ${mode} ${owner} ${marks}`;
  if (kind === 'symlink') return `symlink ${owner} ${modifiedNs} ${target} ${marks}`;
  if (kind !== 'file') return `${kind} ${mode} ${owner} ${modifiedNs} ${specialDevice} ${marks}`;
  return `file ${mode} ${owner} ${modifiedNs} ${content.size} ${contentHash(object).toString(16)} ${marks}`;
}

function contentHash(object: MemoryObject): bigint {
  const { content } = object;
  const known = contentHashes.get(object);
  if (known?.revision === content.revision) return known.hash;
  const hash = xxh64(content.read(0, content.size));
  contentHashes.set(object, { revision: content.revision, hash });
  return hash;
}
