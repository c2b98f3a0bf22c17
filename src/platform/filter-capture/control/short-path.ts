// The address of a local socket has room for 107 bytes (unix(7)). By way of an open folder each name in it is short.
import { closeSync, constants, openSync } from 'node:fs';
import { baseName, parentOf, type RawPath, rawBytes } from '../../../base/raw-path.ts';

export interface ShortPath {
  readonly path: string;
  /** Once the address was used. */
  close(): void;
}

/** @param path Absolute, a byte string. Throws what open(2) says of its folder. */
export function shortPath(path: string): ShortPath {
  const folder = openSync(rawBytes(parentOf(path as RawPath)), constants.O_RDONLY | constants.O_DIRECTORY);
  return { path: `/proc/self/fd/${folder}/${baseName(path as RawPath)}`, close: () => closeSync(folder) };
}
