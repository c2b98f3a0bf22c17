// A listener as a source would be one: keeps a picture of a folder by looking only where a capture says, and can tell at
// the end whether the picture is right. It obeys the duties that DESIGN.md gives to a listener.
import { lstatSync, readdirSync } from 'node:fs';
import { isWithin, joinRaw, type RawPath, rawBytes, rootPath } from '../../../src/base/raw-path.ts';
import type { CapturedChange } from '../../../src/ports/capture.ts';

/** What stands at each path: enough to tell one object and one state of it from another. */
export type Picture = Map<RawPath, string>;

export class Follower {
  readonly picture: Picture = new Map();
  readonly changes: CapturedChange[] = [];
  readonly #root: string;
  readonly #looked = new Set<RawPath>();

  /** @param root Absolute, a byte string. */
  constructor(root: string) {
    this.#root = root;
    this.scan('' as RawPath);
  }

  readonly listener = (batch: readonly CapturedChange[]): void => {
    for (const change of batch) {
      this.changes.push(change);
      this.#follow(change);
    }
  };

  /** The changes since it was last called. */
  take(): CapturedChange[] {
    return this.changes.splice(0);
  }

  /** What is really there now. */
  reality(): Picture {
    return new Follower(this.#root).picture;
  }

  scan(path: RawPath): void {
    const listed = this.look(path);
    const names = listed ? readNames(this.#absolute(path)) : [];
    for (const known of [...this.picture.keys()]) {
      if (known === path || !isWithin(known, path)) continue;
      const rest = path === '' ? known : known.slice(path.length + 1);
      if (!names.includes(rest.split('/')[0] ?? '')) this.picture.delete(known);
    }
    for (const name of names) this.scan(joinRaw(path, name));
  }

  /** Looks at a path, and at every other name of the same object. Whether a folder stands there. */
  look(path: RawPath): boolean {
    const isFolder = this.#lookAt(path);
    const object = this.picture.get(path)?.split(' ')[0];
    if (isFolder || object === undefined) return isFolder;
    for (const [name, what] of [...this.picture])
      if (name !== path && what.startsWith(`${object} `)) this.#lookAt(name);
    return isFolder;
  }

  #lookAt(path: RawPath): boolean {
    this.#looked.add(path);
    try {
      const status = lstatSync(this.#absolute(path), { bigint: true });
      this.picture.set(path, `${status.ino} ${status.mode} ${status.size} ${status.mtimeNs}`);
      return status.isDirectory();
    } catch {
      this.#remove(path);
      return false;
    }
  }

  #follow(change: CapturedChange): void {
    if (change.kind === 'changed') this.look(change.path);
    else if (change.kind === 'appeared' && change.scan) this.scan(change.path);
    else if (change.kind === 'appeared') this.look(change.path);
    else if (change.kind === 'vanished') this.scan(change.path);
    else if (change.kind === 'overflow') this.scan(change.path);
    // Whoever knows objects by their identity looks at one; this listener knows none, so it looks at all.
    else if (change.kind === 'touched') this.scan(rootPath);
    else if (change.kind === 'renamed') this.#rename(change.path, change.to);
  }

  #rename(from: RawPath, to: RawPath): void {
    const moved = this.#objectAt(from);
    this.#remove(to);
    for (const [path, what] of [...this.picture]) {
      if (!isWithin(path, from)) continue;
      this.picture.delete(path);
      this.picture.set((to + path.slice(from.length)) as RawPath, what);
    }
    // What was looked at under either name may have been looked at before or after its time.
    for (const path of [...this.#looked]) {
      if (isWithin(path, from)) this.look((to + path.slice(from.length)) as RawPath);
      if (isWithin(path, to)) this.look(path);
    }
    if (moved === undefined || moved !== this.#objectAt(to)) for (const path of [from, to]) this.scan(path);
  }

  #objectAt(path: RawPath): string | undefined {
    return this.picture.get(path)?.split(' ')[0];
  }

  #remove(path: RawPath): void {
    for (const known of [...this.picture.keys()]) if (isWithin(known, path)) this.picture.delete(known);
  }

  #absolute(path: string): Buffer {
    return rawBytes(path === '' ? this.#root : `${this.#root}/${path}`);
  }
}

function readNames(folder: Buffer): string[] {
  try {
    return readdirSync(folder, { encoding: 'latin1' });
  } catch {
    return [];
  }
}
