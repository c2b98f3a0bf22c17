// Files that are mounted one by one (a container's secret or configuration is a bind mount of a single file). The kernel tells a
// change of such a file where the file really stands, outside the root, so each gets a mark or a watch of its own.
import { lstatSync } from 'node:fs';
import { rawBytes } from '../../../base/raw-path.ts';
import type { ChangeCollector } from '../change-collector.ts';
import type { Mount } from './mount-table.ts';

/** Whether what is mounted there is a file. What is gone, or cannot be looked at, is taken for a folder: then more is looked at. */
export function isBoundFile({ mountPoint }: Mount): boolean {
  try {
    return !lstatSync(rawBytes(mountPoint)).isDirectory();
  } catch {
    return false;
  }
}

/** Something was mounted or unmounted: of a file that is a change of content, with a folder all goes that is in it. */
export function tellMount(mount: Mount, collector: ChangeCollector): void {
  if (isBoundFile(mount)) collector.overflow(mount.mountPoint);
  else collector.mountChanged(mount.mountPoint);
}

/** Where files are mounted, by the key under which the kernel tells of them: a file may be mounted at several places. */
export class BoundFiles<Key> {
  readonly #paths = new Map<Key, Set<string>>();

  get isEmpty(): boolean {
    return this.#paths.size === 0;
  }

  add(key: Key, path: string): void {
    const paths = this.#paths.get(key);
    if (paths === undefined) this.#paths.set(key, new Set([path]));
    else paths.add(path);
  }

  /** The file is unmounted from there. */
  remove(path: string): void {
    for (const [key, paths] of this.#paths) if (paths.delete(path) && paths.size === 0) this.#paths.delete(key);
  }

  at(key: Key): Iterable<string> {
    return this.#paths.get(key) ?? [];
  }

  clear(): void {
    this.#paths.clear();
  }
}
