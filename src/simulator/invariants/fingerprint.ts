// What a tree on a disk in memory holds, as one hash and as a list of places. Both cover what a replica must have: kinds,
// bytes, modes, owners, extended attributes, texts of links, which names are one object, and times where they count.
import { xxh64 } from '@node-rs/xxhash';
import type { MemoryDisk, MemoryObject } from '../memory/memory-disk.ts';

const contentHashes = new WeakMap<MemoryObject, { readonly revision: number; readonly hash: bigint }>();

/** Times of nothing, of all but folders, or of everything; those of symbolic links always count. */
export type TimesThatCount = 'none' | 'all but folders' | 'all';

/** By path below the root, which is the empty path. */
export function linesOf(disk: MemoryDisk, root: MemoryObject, times: TimesThatCount): Map<string, string> {
  const lines = new Map<string, string>();
  addLines(disk, root, '', lines, new Map());
  if (times === 'none') return lines;
  for (const [path, line] of lines) {
    const { kind, modifiedNs } = disk.find(root, path, 'compare');
    if (kind !== 'directory' || times === 'all') lines.set(path, `${line} ${modifiedNs}`);
  }
  return lines;
}

/**
 * Times do not count: between a write and the operation that sets the time of its file a replica has a time of its own, as
 * a folder has between an operation on an entry and the one that sets the time of the folder.
 */
export function fingerprintOf(disk: MemoryDisk, root: MemoryObject): string {
  let text = '';
  for (const [path, line] of linesOf(disk, root, 'none')) text += `${path}\0${line}\n`;
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
  // Not by the size of the map: the live mark of a root is no attribute of the data.
  const shown = extended.size === 0 ? [] : disk.extendedOf(object);
  const marks = shown.length === 0 ? '' : JSON.stringify(shown);
  const owner = `${userId}:${groupId}`;
  if (kind === 'directory') return `directory ${mode} ${owner} ${marks}`;
  if (kind === 'symlink') return `symlink ${owner} ${modifiedNs} ${target} ${marks}`;
  if (kind !== 'file') return `${kind} ${mode} ${owner} ${specialDevice} ${marks}`;
  return `file ${mode} ${owner} ${content.size} ${contentHash(object).toString(16)} ${marks}`;
}

function contentHash(object: MemoryObject): bigint {
  const { content } = object;
  const known = contentHashes.get(object);
  if (known?.revision === content.revision) return known.hash;
  const hash = xxh64(content.read(0, content.size));
  contentHashes.set(object, { revision: content.revision, hash });
  return hash;
}
