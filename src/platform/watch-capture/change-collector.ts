// Gathers what the kernel notified, in absolute paths, into changes of roots, and keeps them until they are delivered.
//
// Invariants
//   - Names keep the order of the events. A `changed` is held once per path, but never across a change of that name.
//   - What is held is bounded: beyond `pendingBytesMax` everything held becomes one `overflow` for each root.
//   - Whatever changes a name also changes the times of the folder it is in, which is said as `changed … attributes`.
import { displayPath, isWithin, parentOf, type RawPath } from '../../base/raw-path.ts';
import type { CapturedChange } from '../../ports/capture.ts';

interface Root {
  readonly index: number;
  /** Absolute; empty for `/`, so that every path below starts with it and a slash. */
  readonly prefix: string;
  /** The paths of which a `changed` is held. */
  readonly content: Set<RawPath>;
  readonly attributes: Set<RawPath>;
}

// Roughly what a held change costs beside its path: an object, an entry in a set.
const bytesPerChange = 120;
const remembered = 1024;

export class ChangeCollector {
  readonly #roots: readonly Root[];
  readonly #pendingBytesMax: number;
  #pending: CapturedChange[] = [];
  #taken = 0;
  #pendingBytes = 0;
  #failure: string | undefined;
  /** The latest renames, new name to old, to notice an exchange. */
  readonly #renames = new Map<string, string>();

  /** @param roots Absolute and free of symbolic links. */
  constructor(roots: readonly string[], pendingBytesMax: number) {
    this.#roots = roots.map((root, index) => ({
      index,
      prefix: root === '/' ? '' : root,
      content: new Set(),
      attributes: new Set(),
    }));
    this.#pendingBytesMax = pendingBytesMax;
  }

  get pendingCount(): number {
    return this.#pending.length - this.#taken;
  }

  /** Set once capture can no longer keep its promise. */
  get failure(): string | undefined {
    return this.#failure;
  }

  fail(reason: string): void {
    this.#failure ??= reason;
  }

  /** Whether a path is a root or lies below one. */
  covers(path: string): boolean {
    return this.#roots.some((root) => isWithin(path, root.prefix));
  }

  /** Whether a folder matters: it is in a root, or a root is in it. */
  concerns(path: string): boolean {
    return this.covers(path) || this.#roots.some((root) => isWithin(root.prefix, path === '/' ? '' : path));
  }

  changed(path: string, what: 'content' | 'attributes'): void {
    for (const root of this.#roots) {
      const relative = below(root, path);
      if (relative === undefined) continue;
      const held = root[what];
      if (held.has(relative)) continue;
      held.add(relative);
      this.#push({ kind: 'changed', root: root.index, path: relative, what }, relative.length);
    }
  }

  appeared(path: string, scan: boolean): void {
    for (const root of this.#roots) {
      const relative = below(root, path);
      if (relative !== undefined) this.#appearedIn(root, relative, scan);
    }
  }

  vanished(path: string): void {
    if (this.#rootGone(path)) return;
    for (const root of this.#roots) {
      const relative = below(root, path);
      if (relative !== undefined) this.#vanishedIn(root, relative);
    }
  }

  /**
   * One object, known to be the same, changed its name. Returns whether this may be the second half of an exchange of two
   * names, which the kernel tells as two renames; then both names are reported as standing for other objects.
   */
  renamed(from: string, to: string, isFolder: boolean): boolean {
    if (this.#rootGone(from) || this.#rootGone(to)) return false;
    for (const root of this.#roots) {
      const before = below(root, from);
      const after = below(root, to);
      if (before !== undefined && after !== undefined) this.#renamedIn(root, before, after, isFolder);
      else if (before !== undefined) this.#vanishedIn(root, before);
      else if (after !== undefined) this.#appearedIn(root, after, isFolder);
    }
    const exchanged = this.#renames.get(from) === to;
    if (exchanged) {
      this.appeared(from, true);
      this.appeared(to, true);
    }
    this.#remember(from, to);
    return exchanged;
  }

  /** An object without a known name changed. */
  touched(device: number, inode: bigint, what: 'content' | 'attributes'): void {
    this.#push({ kind: 'touched', device, inode, what }, 0);
  }

  /** Something below a path was missed. */
  overflow(path: string): void {
    for (const root of this.#roots) {
      const relative = below(root, path);
      if (relative !== undefined) this.#push({ kind: 'overflow', root: root.index, path: relative }, relative.length);
    }
  }

  /** A file system came to a folder, or went from it. */
  mountChanged(path: string): void {
    for (const root of this.#roots) {
      const relative = below(root, path);
      if (relative === undefined) continue;
      this.#push({ kind: 'overflow', root: root.index, path: relative, isMount: true }, relative.length);
    }
  }

  /** Something anywhere was missed. What is held says less than that, so it goes. */
  overflowAll(): void {
    this.#pending = this.#roots.map((root) => ({ kind: 'overflow', root: root.index, path: '' as RawPath }));
    this.#taken = 0;
    this.#pendingBytes = 0;
    this.#forgetHeld();
  }

  /** Hands out up to `count` changes, the oldest first. */
  take(count: number): CapturedChange[] {
    const end = Math.min(this.#taken + count, this.#pending.length);
    const batch = this.#pending.slice(this.#taken, end);
    this.#taken = end;
    if (end === this.#pending.length) {
      this.#pending = [];
      this.#taken = 0;
      this.#pendingBytes = 0;
      this.#forgetHeld();
      return batch;
    }
    for (const change of batch) {
      if (change.kind === 'operation' || change.kind === 'failed') continue;
      if (change.kind === 'touched') {
        this.#pendingBytes -= bytesPerChange;
        continue;
      }
      this.#pendingBytes -= bytesPerChange + change.path.length + (change.kind === 'renamed' ? change.to.length : 0);
      if (change.kind === 'changed') this.#roots[change.root]?.[change.what].delete(change.path);
    }
    if (this.#taken > this.#pending.length / 2) {
      this.#pending = this.#pending.slice(this.#taken);
      this.#taken = 0;
    }
    return batch;
  }

  #appearedIn(root: Root, path: RawPath, scan: boolean): void {
    this.#named(root, path);
    this.#push({ kind: 'appeared', root: root.index, path, scan }, path.length);
    this.#parentChanged(root, path);
  }

  #vanishedIn(root: Root, path: RawPath): void {
    this.#named(root, path);
    this.#push({ kind: 'vanished', root: root.index, path }, path.length);
    this.#parentChanged(root, path);
  }

  #renamedIn(root: Root, path: RawPath, to: RawPath, isFolder: boolean): void {
    this.#named(root, path);
    this.#named(root, to);
    // Every path below a renamed folder now stands for something else.
    if (isFolder) this.#forgetHeld();
    this.#push({ kind: 'renamed', root: root.index, path, to }, path.length + to.length);
    this.#parentChanged(root, path);
    this.#parentChanged(root, to);
  }

  #parentChanged(root: Root, path: RawPath): void {
    if (path === '') return;
    const parent = parentOf(path);
    if (root.attributes.has(parent)) return;
    root.attributes.add(parent);
    this.#push({ kind: 'changed', root: root.index, path: parent, what: 'attributes' }, parent.length);
  }

  #named(root: Root, path: RawPath): void {
    root.content.delete(path);
    root.attributes.delete(path);
  }

  #forgetHeld(): void {
    for (const root of this.#roots) {
      root.content.clear();
      root.attributes.clear();
    }
  }

  #push(change: CapturedChange, pathBytes: number): void {
    this.#pending.push(change);
    this.#pendingBytes += bytesPerChange + pathBytes;
    if (this.#pendingBytes > this.#pendingBytesMax) this.overflowAll();
  }

  /** A root that lost its name, or whose folder did, cannot be captured by that name any more. */
  #rootGone(path: string): boolean {
    const gone = this.#roots.find((root) => isWithin(root.prefix, path));
    if (gone !== undefined) this.fail(`the folder ${displayPath(gone.prefix)} was removed, renamed or replaced`);
    return gone !== undefined;
  }

  #remember(from: string, to: string): void {
    this.#renames.delete(to);
    this.#renames.set(to, from);
    if (this.#renames.size <= remembered) return;
    for (const oldest of this.#renames.keys()) {
      this.#renames.delete(oldest);
      return;
    }
  }
}

function below(root: Root, path: string): RawPath | undefined {
  if (!isWithin(path, root.prefix)) return undefined;
  return path.slice(root.prefix.length + 1) as RawPath;
}
